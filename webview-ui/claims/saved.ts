import * as v from 'valibot';
import { savedClaimsViewSchema } from '../../src/protocol/claimsView';

/** What the panel remembers while its page is unloaded. Results belong to the extension. */
const savedSchema = v.object({ sessionId: v.fallback(savedClaimsViewSchema.entries.sessionId, '') });
export type Saved = v.InferOutput<typeof savedSchema>;

/** Reads what an earlier page left; whatever does not fit falls back to its default. */
export function parseSaved(value: unknown): Saved {
  return v.parse(savedSchema, typeof value === 'object' && value !== null ? value : {});
}
