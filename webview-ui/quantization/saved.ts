import * as v from 'valibot';
import { savedQuantizationViewSchema } from '../../src/protocol/quantizationView';
import { metrics } from './model/figures';

/** Share of the panel's width that the map has beside open details, in percent. */
export const mapShares = { smallest: 30, usual: 68, largest: 85 } as const;

/** What the panel remembers while its page is unloaded. Figures and the recipe belong to the extension. */
const savedSchema = v.object({
  sessionId: v.fallback(savedQuantizationViewSchema.entries.sessionId, ''),
  metric: v.fallback(v.picklist(metrics), 'sqnr'),
  thresholdDb: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 30),
  belowOnly: v.fallback(v.boolean(), false),
  mapShare: v.fallback(
    v.pipe(v.number(), v.minValue(mapShares.smallest), v.maxValue(mapShares.largest)),
    mapShares.usual,
  ),
});
export type Saved = v.InferOutput<typeof savedSchema>;

/** Reads what an earlier page left; whatever does not fit falls back to its default. */
export function parseSaved(value: unknown): Saved {
  return v.parse(savedSchema, typeof value === 'object' && value !== null ? value : {});
}
