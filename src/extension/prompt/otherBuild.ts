import { l10n, window } from 'vscode';
import { type ModelChoice, precisionLabels } from '../../protocol/prompt';
import type { ModelShelf } from '../models/shelf';

/** Lets a person choose a build to compare with: every known one but `from` itself, on the same target. */
export async function pickOtherBuild(
  models: ModelShelf,
  from: ModelChoice,
): Promise<ModelChoice | undefined> {
  await models.load();
  const items = models.models.flatMap(({ name, bundleDir, precisions }) =>
    precisions
      .filter(precision => bundleDir !== from.bundleDir || precision !== from.precision)
      .map(precision => ({
        label: precisionLabels[precision],
        description: name,
        detail: bundleDir,
        choice: { bundleDir, precision, target: from.target },
      })),
  );
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Compare With'),
    matchOnDescription: true,
  });
  return picked?.choice;
}
