import * as v from 'valibot';

const name = v.pipe(v.string(), v.maxLength(500));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Units of figures; times are always milliseconds. */
export const figureUnits = ['ms', 'tok/s', '1/s', 'bytes', 'cycles', 'count', 'percent'] as const;
export type FigureUnit = (typeof figureUnits)[number];

/**
 * One figure as another program's file gives it. The metrics of a run record have definitions that few foreign
 * figures meet, so those keep the name that their program gave them.
 */
export const runFigureSchema = v.object({
  /** As the file calls it, e.g. `Accelerator (execute) time`. */
  name,
  unit: v.picklist(figureUnits),
  /** Tokens before the first new one, where the figure depends on them and the file says so. */
  context: v.nullable(count),
  /** The first value after loading, which is slower and never mixed with the others; null where it is not told. */
  cold: v.nullable(amount),
  /** The others in their order; empty where the file has statistics only. */
  values: v.pipe(v.array(amount), v.maxLength(100_000)),
  /** Of the values; of a file with statistics only, those that it states. */
  median: v.nullable(amount),
  p10: v.nullable(amount),
  p90: v.nullable(amount),
  mean: v.nullable(amount),
  /** Of a sample (n - 1), as far as it is known. */
  stdev: v.nullable(amount),
  min: v.nullable(amount),
  max: v.nullable(amount),
  /** Values behind the statistics; null where the file does not say. */
  n: v.nullable(count),
});
export type RunFigure = v.InferOutput<typeof runFigureSchema>;
