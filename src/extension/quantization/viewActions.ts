import { env, l10n, Uri, window, workspace } from 'vscode';
import type { CellAddress, FromQuantizationView, RecipeRule } from '../../protocol/quantizationView';
import { noticeFailure } from '../webview/notices';
import { pickCalibration, pickModel } from './chosenModel';
import { exportModel } from './exportModel';
import type { QuantizationPanel } from './panel';
import type { QuantizationServices } from './services';
import { isBareGraph, modelName } from './session';

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
      return panel.measure(message.settings);
    case 'shapes':
      session.resize(message.side, message.shapes);
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
    const { modelPath, settings } = session.content;
    const { calibrationMethod, htp } = settings;
    const created = await recipe.create({
      modelPath,
      scheme: session.lookedAtScheme,
      calibrationMethod,
      htp,
    });
    if (!created) return;
  }
  await recipe.change(change, { match, scheme });
  if (!session.running) await panel.measure(session.content.settings);
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
  const chosen = await pickCalibration(isBareGraph(panel.session.content.modelPath));
  if (chosen === undefined) return;
  panel.session.calibrateWith(chosen);
  await panel.measure(panel.session.content.settings);
}

async function compare(panel: QuantizationPanel, { models }: QuantizationServices): Promise<void> {
  const modelPath = await pickModel(models, l10n.t('Compare With'));
  if (modelPath === undefined) return;
  panel.session.compareWith(modelPath);
  await panel.measure(panel.session.content.settings);
}
