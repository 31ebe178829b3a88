import type { OpenInput } from '../../protocol/failure';

/** Sizes that a person gave to the inputs which a model leaves open. */
export interface ModelSizes {
  /** Empty where no size was ever missing. */
  readonly openInputs: readonly OpenInput[];
  /** By input name; empty until a person gave them. */
  readonly shapes: Readonly<Record<string, number[]>>;
  /** The samples that they were given for: tensors bring sizes of their own. */
  readonly calibrationPath: string | null;
}

/** Remembers sizes by model, so that they are given once. */
export interface SizeMemory {
  load(modelPath: string): ModelSizes | undefined;
  save(modelPath: string, sizes: ModelSizes): void;
}

export const noSizes: ModelSizes = { openInputs: [], shapes: {}, calibrationPath: null };
