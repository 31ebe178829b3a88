import * as v from 'valibot';
import type { Statistics } from '../graph/placement';

/** Folder of a bundle with its recipes and ranges. */
export const quantizationFolder = 'quantization';

const bound = v.pipe(v.number(), v.finite());

/** Ranges of a model's values over its calibration samples, by graph and value: what a recipe's grids are made from. */
export const rangesSchema = v.object({
  version: v.literal(1),
  /** sha256 of the weights that they were found with. */
  model: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** Questions that the float model answered for them. */
  samples: v.pipe(v.number(), v.integer(), v.minValue(1)),
  graphs: v.record(v.string(), v.record(v.string(), v.tuple([bound, bound]))),
});
export type Ranges = v.InferOutput<typeof rangesSchema>;

/** The ranges of all graphs as a plan of quantizers takes them; names of values are unique in a model. */
export function statisticsOf({ graphs }: Ranges): Statistics {
  const entries = Object.values(graphs).flatMap(values => Object.entries(values));
  return new Map(entries.map(([value, [min, max]]) => [value, { min, max, histogram: null }]));
}

/** A value without a finite range has none here and stays float. */
export function rangesOf(statistics: Statistics): Ranges['graphs'][string] {
  const finite = [...statistics].filter(([, { min, max }]) => Number.isFinite(min) && Number.isFinite(max));
  return Object.fromEntries(finite.map(([value, { min, max }]) => [value, [short(min), short(max)]]));
}

/** Nine digits bring an fp32 number back. */
function short(value: number): number {
  return Number(value.toPrecision(9));
}

/** One value a line, so that a change can be read. */
export function rangesText({ version, model, samples, graphs }: Ranges): string {
  const list = (entries: readonly string[]): string => entries.join(',\n');
  const values = (ranges: Ranges['graphs'][string]): string =>
    list(
      Object.entries(ranges).map(
        ([name, range]) => `      ${JSON.stringify(name)}: ${JSON.stringify(range)}`,
      ),
    );
  const parts = Object.entries(graphs).map(
    ([name, ranges]) => `    ${JSON.stringify(name)}: {\n${values(ranges)}\n    }`,
  );
  const head = Object.entries({ version, model, samples }).map(
    ([key, value]) => `  "${key}": ${JSON.stringify(value)}`,
  );
  return `{\n${list([...head, `  "graphs": {\n${list(parts)}\n  }`])}\n}\n`;
}
