import path from 'node:path';
import { commands, l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { ApplyResult, ErrorFigure, InspectionEvent } from '../../protocol/quantization';
import { useModelFolder } from '../models/addModel';
import type { QuantizationPanel } from './panel';
import type { QuantizationServices } from './services';
import { modelName } from './session';

/**
 * Writes the quantized model of the panel's recipe where the person wants it, and offers to ask it.
 * @throws {StudioError} why it was not written
 */
export async function exportModel(panel: QuantizationPanel, services: QuantizationServices): Promise<void> {
  const recipePath = await panel.recipe.save();
  if (recipePath === undefined) {
    panel.notice(l10n.t('There is no recipe that can be applied: add a rule, or correct the recipe first.'));
    return;
  }
  const outDir = await pickPlace(panel.session.content.modelPath, recipePath);
  if (outDir === undefined) return;
  const result = await exportTo(outDir, recipePath, panel, services);
  panel.notice(l10n.t('{0} is written.', workspace.asRelativePath(outDir)));
  await announce(result, outDir, services);
}

/**
 * Writes the quantized model into a folder that is not there yet, with a notification that tells how far it is.
 * @throws {StudioError} why it was not written; `cancelled` when the person stopped it
 */
export async function exportTo(
  outDir: string,
  recipePath: string,
  { session }: Pick<QuantizationPanel, 'session'>,
  { door }: Pick<QuantizationServices, 'door'>,
): Promise<ApplyResult> {
  const modelPath = session.floatPath;
  const title = l10n.t('Writing the quantized model');
  const outcome = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const onEvent = (event: InspectionEvent) => {
        if (event.type === 'status') progress.report({ message: wordsFor(event) });
      };
      return door.apply({ modelPath, recipePath, outDir, ...session.samples }, onEvent, abort.signal);
    },
  );
  if (outcome.ok) return outcome.result;
  const { kind, message } = outcome.failure;
  throw new StudioError(
    kind,
    kind === 'cancelled' ? l10n.t('The export was stopped, and nothing was kept.') : message,
  );
}

function wordsFor({ message, done, total }: Extract<InspectionEvent, { type: 'status' }>): string {
  return total > 0 ? l10n.t('{0} ({1} of {2})', message, done, total) : message;
}

async function pickPlace(modelPath: string, recipePath: string): Promise<string | undefined> {
  const picked = await window.showOpenDialog({
    title: l10n.t('Where to Write the Quantized Model'),
    openLabel: l10n.t('Write Here'),
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: Uri.file(path.dirname(recipePath)),
  });
  const folder = picked?.[0];
  return folder && freeFolder(path.join(folder.fsPath, `${modelName(modelPath)}-quantized`));
}

/** The path, or with a number behind it the first one where nothing is yet. */
async function freeFolder(wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? wanted : `${wanted}-${number}`;
    const taken = await workspace.fs.stat(Uri.file(candidate)).then(
      () => true,
      () => false,
    );
    if (!taken) return candidate;
  }
}

async function announce(
  result: ApplyResult,
  outDir: string,
  { models, runtime }: QuantizationServices,
): Promise<void> {
  const prompt = {
    title: l10n.t('Prompt with It'),
    run: async () => {
      await useModelFolder(models, runtime, outDir);
      await commands.executeCommand('autoneural.promptPicture');
    },
  };
  const place = Uri.file(outDir);
  const inWorkspace = workspace.getWorkspaceFolder(place) !== undefined;
  const show = {
    title: inWorkspace ? l10n.t('Show in Explorer') : l10n.t('Reveal in File Manager'),
    run: () => commands.executeCommand(inWorkspace ? 'revealInExplorer' : 'revealFileInOS', place),
  };
  const actions = result.promptable ? [prompt, show] : [show];
  const picked = await window.showInformationMessage(describe(result, outDir), ...actions);
  await picked?.run();
}

function describe({ bytes, ranges, outputs }: ApplyResult, outDir: string): string {
  const place = workspace.asRelativePath(outDir);
  const megabytes = (bytes / 1e6).toFixed(1);
  const { samples } = ranges;
  const random = ranges.source === 'random';
  const counted = random ? l10n.t('{0} random inputs', samples) : l10n.t('{0} samples', samples);
  const written = l10n.t('{0} is written ({1} MB), with ranges over {2}.', place, megabytes, counted);
  const figures = outputs.map(({ graph, predicted, measured }) =>
    l10n.t('{0} {1}, predicted {2}', nameOf(graph), decibels(measured), decibels(predicted)),
  );
  if (figures.length === 0)
    return `${written} ${l10n.t('Nothing was measured on it: its weights are random.')}`;
  const list = figures.join('; ');
  return `${written} ${random ? l10n.t('On random inputs: {0}.', list) : `${list}.`}`;
}

/** Of a graph, as the panel calls it; a bare graph has the name of its file. */
function nameOf(graph: string): string {
  const names: Readonly<Record<string, string>> = {
    vision_encoder: l10n.t('Encoder'),
    'decoder.prefill (last token)': l10n.t('Decoder prefill (last token)'),
    'decoder.decode': l10n.t('Decoder step'),
  };
  return names[graph] ?? graph;
}

function decibels({ sqnrDb, exact }: ErrorFigure): string {
  if (exact) return l10n.t('exact');
  return sqnrDb === null ? l10n.t('no signal') : `${sqnrDb.toFixed(1)} dB`;
}
