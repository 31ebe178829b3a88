import { commands, type Disposable, l10n, Uri, window, workspace } from 'vscode';
import { maxRunsShown } from '../../protocol/profilingView';
import type { ListedRun } from '../../protocol/runFiles';
import { registerCommand } from '../commandReport';
import { modelPathOf } from '../quantization/chosenModel';
import { importRuns } from './importRuns';
import type { ProfilingPanels } from './panels';
import { pickBundle } from './pickBundle';
import type { RunElement } from './runsView';
import { describeRun } from './runWords';
import type { ProfilingServices } from './services';

/** Registers the commands of the throughput panels and of the list of runs. */
export function registerProfilingCommands(
  services: ProfilingServices,
  panels: ProfilingPanels,
): Disposable[] {
  const { models, baselines, log } = services;
  const handlers: Record<string, (...parameters: unknown[]) => unknown> = {
    profileModel: async argument => {
      const bundleDir = modelPathOf(argument) ?? (await pickBundle(models, l10n.t('Profile Throughput')));
      if (bundleDir !== undefined) await panels.open(bundleDir);
    },
    openRun: async argument => {
      const run = isListed(argument) ? argument : await pickRun(services, l10n.t('Open Run'));
      if (run) await panels.show([run.file]);
    },
    compareRuns: async (element, selected) => {
      const chosen = selectedOf(element, selected).filter(isListed);
      const files = (chosen.length > 0 ? chosen : await pickRuns(services)).map(({ file }) => file);
      if (files.length > 0) await panels.show(files.slice(0, maxRunsShown));
    },
    renameRun: async element => isListed(element) && rename(services, element),
    useBaseline: async element => isListed(element) && baselines.use(element),
    stopBaseline: async element => isListed(element) && baselines.stop(element),
    deleteRun: async (element, selected) => remove(services, selectedOf(element, selected)),
    revealRun: async element => isElement(element) && reveal(Uri.file(element.file)),
    importRun: async () => {
      const imported = await importRuns(services);
      const files = imported.flatMap(({ file }) => (file === null ? [] : [file]));
      if (files.length > 0) await panels.show(files.slice(0, maxRunsShown));
    },
  };
  return Object.entries(handlers).map(([name, handler]) =>
    registerCommand(`autoneural.${name}`, handler, log),
  );
}

/** The explorer shows nothing of a run that is kept outside of every folder, so its file is opened. */
async function reveal(file: Uri): Promise<void> {
  const inside = workspace.getWorkspaceFolder(file) !== undefined;
  await commands.executeCommand(inside ? 'revealInExplorer' : 'vscode.open', file);
}

async function rename({ runs }: ProfilingServices, run: ListedRun): Promise<void> {
  const name = await window.showInputBox({
    title: l10n.t('Rename Run'),
    value: run.name,
    validateInput: text => {
      if (text.trim() === '') return l10n.t('A run needs a name.');
      return text.length > 500 ? l10n.t('At most 500 characters.') : undefined;
    },
  });
  if (name !== undefined && name.trim() !== run.name) await runs.rename(run.file, name.trim());
}

async function remove({ runs }: ProfilingServices, elements: readonly RunElement[]): Promise<void> {
  const [first] = elements;
  if (!first) return;
  const name = 'name' in first ? first.name : workspace.asRelativePath(first.file);
  const question =
    elements.length === 1
      ? l10n.t('Delete the run "{0}"?', name)
      : l10n.t('Delete {0} runs?', elements.length);
  const yes = l10n.t('Delete');
  const answer = await window.showWarningMessage(
    question,
    { modal: true, detail: elements.map(({ file }) => workspace.asRelativePath(file)).join('\n') },
    yes,
  );
  if (answer === yes) for (const { file } of elements) await runs.delete(file);
}

async function pickRun(
  { runs, baselines }: ProfilingServices,
  title: string,
): Promise<ListedRun | undefined> {
  await runs.load();
  const picked = await window.showQuickPick(
    runs.runs.map(run => itemOf(run, baselines.has(run))),
    {
      title,
      placeHolder: runs.runs.length === 0 ? l10n.t('No run is kept yet: profile a model first') : '',
      matchOnDescription: true,
    },
  );
  return picked?.run;
}

async function pickRuns({ runs, baselines }: ProfilingServices): Promise<ListedRun[]> {
  await runs.load();
  const picked = await window.showQuickPick(
    runs.runs.map(run => itemOf(run, baselines.has(run))),
    {
      title: l10n.t('Compare Runs'),
      placeHolder: l10n.t('Choose up to {0}; the first lies in front', maxRunsShown),
      canPickMany: true,
      matchOnDescription: true,
    },
  );
  return picked?.map(({ run }) => run) ?? [];
}

function itemOf(run: ListedRun, baseline: boolean) {
  return { label: run.name, description: describeRun(run, baseline), run };
}

/** What a menu of the list was used on: the whole selection where the row is part of it. */
function selectedOf(element: unknown, selected: unknown): RunElement[] {
  const all: unknown[] = Array.isArray(selected) ? selected : [element];
  return all.filter(isElement);
}

function isElement(value: unknown): value is RunElement {
  return typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string';
}

function isListed(value: unknown): value is ListedRun {
  return isElement(value) && 'id' in value;
}
