import * as v from 'valibot';
import { regionSchema } from '../../src/protocol/prompt';
import { savedPromptViewSchema } from '../../src/protocol/promptView';

/** Share of the panel's width that the picture has, in percent. */
export const pictureShares = { smallest: 20, usual: 36, largest: 70 } as const;

/** What the panel remembers while its page is unloaded. The conversation itself belongs to the extension. */
const savedSchema = v.object({
  sessionId: v.fallback(savedPromptViewSchema.entries.sessionId, ''),
  draft: v.fallback(savedPromptViewSchema.entries.draft, ''),
  pictureShare: v.fallback(
    v.pipe(v.number(), v.minValue(pictureShares.smallest), v.maxValue(pictureShares.largest)),
    pictureShares.usual,
  ),
  /** The selected region, and the picture it was drawn on. */
  selection: v.fallback(v.nullable(v.object({ src: v.string(), region: regionSchema })), null),
});
export type Saved = v.InferOutput<typeof savedSchema>;

/** Reads what an earlier page left; whatever does not fit falls back to its default. */
export function parseSaved(value: unknown): Saved {
  return v.parse(savedSchema, typeof value === 'object' && value !== null ? value : {});
}
