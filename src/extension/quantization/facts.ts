import type { Asks, OpenInput, ValueInput } from '../../protocol/failure';
import type { PixelScale } from '../../protocol/quantization';

/** What a person said about a model where its file and the samples leave it open. */
export interface ModelFacts {
  /** Inputs that leave sizes open; empty where no size was ever missing. */
  readonly openInputs: readonly OpenInput[];
  /** Inputs that took a number which no sample gives; empty where none was ever missing. */
  readonly valueInputs: readonly ValueInput[];
  /** Sizes by input name; empty until a person gave them. */
  readonly shapes: Readonly<Record<string, number[]>>;
  /** The samples that the sizes were given for: tensors bring sizes of their own. */
  readonly calibrationPath: string | null;
  /** Numbers by input name. */
  readonly values: Readonly<Record<string, number>>;
  /** How a bare graph takes pictures; null until a person said it. */
  readonly pixels: PixelScale | null;
  /** Absolute path of the float model that a quantized one was made from; null until a person named it. */
  readonly originalPath: string | null;
}

/** Remembers facts by model, so that they are given once. */
export interface FactMemory {
  load(modelPath: string): ModelFacts | undefined;
  save(modelPath: string, facts: ModelFacts): void;
}

export const noFacts: ModelFacts = {
  openInputs: [],
  valueInputs: [],
  shapes: {},
  calibrationPath: null,
  values: {},
  pixels: null,
  originalPath: null,
};

/** The facts with what a failed measurement asks for. Inputs that were asked for before can still be changed. */
export function withAsks(facts: ModelFacts, { openInputs, valueInputs }: Asks): ModelFacts {
  const more = valueInputs ?? [];
  const before = facts.valueInputs.filter(({ name }) => more.every(other => other.name !== name));
  return {
    ...facts,
    openInputs: openInputs ?? facts.openInputs,
    valueInputs: [...before, ...more],
  };
}
