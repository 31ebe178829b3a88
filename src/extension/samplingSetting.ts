import * as v from 'valibot';
import { type Sampling, samplingSchema } from '../protocol/prompt';

/**
 * Reads the settings `autoneural.sampling.*`. A value that is unset (null) or out of range is left out, and the
 * bundle's generation_config.json decides.
 * @param read gives one setting's raw value
 * @param drawSeed called where answers are sampled and no seed is fixed, so that asking again can answer differently
 */
export function readSampling(
  read: (key: keyof Sampling) => unknown,
  drawSeed: () => number,
): Partial<Sampling> {
  const sampling: Partial<Sampling> = {};
  for (const key of keysOf(samplingSchema.entries)) {
    const parsed = v.safeParse(samplingSchema.entries[key], read(key));
    if (parsed.success) {
      sampling[key] = parsed.output;
    }
  }
  if (sampling.seed === undefined && (sampling.temperature ?? 0) > 0) {
    sampling.seed = drawSeed();
  }
  return sampling;
}

function keysOf<T extends object>(object: T): (keyof T)[] {
  return Object.keys(object) as (keyof T)[];
}
