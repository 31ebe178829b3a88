import { env, l10n, Uri, window, workspace } from 'vscode';
import type {
  CellAddress,
  FromQuantizationView,
  InspectionSide,
  RecipeRule,
} from '../../protocol/quantizationView';
import type { CreateRecipeParams } from '../../protocol/recipe';
import { noticeFailure } from '../webview/notices';
import { holdsPictures, pickCalibration, pickPixels } from './calibration';
import { pickModel } from './chosenModel';
import { exportModel } from './exportModel';
import type { QuantizationPanel } from './panel';
import type { QuantizationServices } from './services';
import { isBareGraph, modelName, type QuantizationSession } from './session';

type Export = Extract<FromQuantizationView, { type: 'export' }>['content'];

/** Does what a message of the view asks for; a failure becomes a notice in the view. */
export async function act(
  message: FromQuantizationView,
  panel: QuantizationPanel,
  services: QuantizationServices,
): Promise<void> {
  await noticeFailure(panel, services.log, () => perform(message, panel, services));
}

async function perform(
  message: FromQuantizationView,
  panel: QuantizationPanel,
  services: QuantizationServices,
): Promise<void> {
  const { session, recipe } = panel;
  switch (message.type) {
    case 'ready':
      return;
    case 'measure':
      if (message.pixels !== undefined) session.takePixels(message.pixels);
      return panel.measure(message.settings);
    case 'inputs':
      session.supply(message.side, message);
      return panel.measure(session.content.settings);
    case 'chooseOriginal':
      return chooseOriginal(panel, message.side, services);
    case 'forgetOriginal':
      session.compareWithOriginal(message.side, null);
      return panel.measure(session.content.settings);
    case 'cancel':
      return session.cancel();
    case 'detail':
      return detail(panel, message.cell);
    case 'addRule':
      return changeRule(panel, 'add', message);
    case 'removeRule':
      return changeRule(panel, 'remove', message);
    case 'revealRule':
      return recipe.reveal(message, false);
    case 'openRecipe':
      await recipe.show(false);
      return;
    case 'applyRecipe':
      return exportModel(panel, services);
    case 'export':
      return saveExport(panel, message.content);
    case 'chooseCalibration':
      return chooseCalibration(panel);
    case 'openCompareModel':
      return compare(panel, services);
    case 'closeCompareModel':
      return session.compareWith(null);
    case 'copy':
      return env.clipboard.writeText(message.text);
    case 'restart':
      return services.runtime.restart();
    case 'showLog':
      return services.log.show();
  }
}

async function detail(panel: QuantizationPanel, cell: CellAddress): Promise<void> {
  const outcome = await panel.session.detail(cell);
  panel.send({ type: 'detail', cell, outcome });
}

/** The column of the recipe follows at once where nothing else is being measured: the others are remembered. */
async function changeRule(
  panel: QuantizationPanel,
  change: 'add' | 'remove',
  { match, scheme }: RecipeRule,
): Promise<void> {
  const { recipe, session } = panel;
  await recipe.look();
  if (!recipe.uri) {
    if (!(await recipe.create(await firstRecipe(session)))) return;
  }
  await recipe.change(change, { match, scheme });
  if (!session.running) await panel.measure(session.content.settings);
}

/** Of an exported folder the recipe that it was made with; else every layer in the scheme that was looked at. */
async function firstRecipe(session: QuantizationSession): Promise<string | CreateRecipeParams> {
  const { exportedRecipePath, floatPath: modelPath, lookedAtScheme: scheme, content } = session;
  if (exportedRecipePath !== undefined)
    return new TextDecoder().decode(await workspace.fs.readFile(Uri.file(exportedRecipePath)));
  const { calibrationMethod, htp } = content.settings;
  return { modelPath, scheme, calibrationMethod, htp };
}

async function saveExport(panel: QuantizationPanel, content: Export): Promise<void> {
  const { kind } = content;
  const root = workspace.workspaceFolders?.[0]?.uri;
  const file = `${modelName(panel.session.content.modelPath)}-quantization.${kind}`;
  const uri = await window.showSaveDialog({
    title: l10n.t('Export'),
    filters: { [kind.toUpperCase()]: [kind] },
    ...(root && { defaultUri: Uri.joinPath(root, file) }),
  });
  if (!uri) return;
  const bytes = content.kind === 'png' ? content.bytes : new TextEncoder().encode(content.text);
  await workspace.fs.writeFile(uri, bytes);
  panel.notice(l10n.t('Saved as {0}.', workspace.asRelativePath(uri)));
}

async function chooseCalibration(panel: QuantizationPanel): Promise<void> {
  const bareGraph = isBareGraph(panel.session.content.modelPath);
  const chosen = await pickCalibration(bareGraph);
  if (chosen === undefined) return;
  const pictured = bareGraph && chosen !== null && (await holdsPictures(chosen));
  if (pictured) {
    const pixels = await pickPixels(panel.session.model.facts.pixels);
    if (pixels === undefined) return;
    panel.session.takePixels(pixels);
  }
  panel.session.calibrateWith(chosen, pictured ? 'pictures' : 'tensors');
  await panel.measure(panel.session.content.settings);
}

async function chooseOriginal(
  panel: QuantizationPanel,
  side: InspectionSide,
  { models }: QuantizationServices,
): Promise<void> {
  const { session } = panel;
  const quantized = session[side]?.modelPath;
  if (quantized === undefined) return;
  const chosen = await pickModel(models, l10n.t('The Float Model of {0}', modelName(quantized)));
  if (chosen === undefined) return;
  if (chosen === quantized)
    return panel.notice(l10n.t('This is the quantized model itself: choose the one that it was made from.'));
  session.compareWithOriginal(side, chosen);
  await panel.measure(session.content.settings);
}

async function compare(panel: QuantizationPanel, { models }: QuantizationServices): Promise<void> {
  const modelPath = await pickModel(models, l10n.t('Compare With'));
  if (modelPath === undefined) return;
  panel.session.compareWith(modelPath);
  await panel.measure(panel.session.content.settings);
}
