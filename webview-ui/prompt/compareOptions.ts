import type { ModelInfo } from '../../src/protocol/models';
import { type ModelChoice, precisionLabels } from '../../src/protocol/prompt';

/** A build that can be compared with, in words. */
export interface CompareOption {
  choice: ModelChoice;
  label: string;
  /** Where two models have the same name: the folder. */
  place: string | null;
}

/** All builds but `from` itself, on the same target: its own other precisions first. */
export function compareOptions(models: readonly ModelInfo[], from: ModelChoice): CompareOption[] {
  const own = models.filter(({ bundleDir }) => bundleDir === from.bundleDir);
  const others = models.filter(({ bundleDir }) => bundleDir !== from.bundleDir);
  return [...own, ...others].flatMap(model =>
    model.precisions
      .filter(precision => model.bundleDir !== from.bundleDir || precision !== from.precision)
      .map(precision => ({
        choice: { bundleDir: model.bundleDir, precision, target: from.target },
        label: `${model.name} · ${precisionLabels[precision]}`,
        place: models.some(other => other !== model && other.name === model.name) ? model.bundleDir : null,
      })),
  );
}

/** A build in words, also where its model is not among the known ones any more. */
export function buildLabel({ bundleDir, precision }: ModelChoice, models: readonly ModelInfo[]): string {
  const folder = bundleDir.split(/[\\/]/).findLast(part => part !== '') ?? bundleDir;
  const name = models.find(model => model.bundleDir === bundleDir)?.name ?? folder;
  return `${name} · ${precisionLabels[precision]}`;
}
