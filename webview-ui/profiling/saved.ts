import * as v from 'valibot';
import { savedProfilingViewSchema } from '../../src/protocol/profilingView';

/** What the panel remembers while its page is unloaded. Runs belong to the extension. */
const savedSchema = v.object({ sessionId: v.fallback(savedProfilingViewSchema.entries.sessionId, '') });
export type Saved = v.InferOutput<typeof savedSchema>;

/** Reads what an earlier page left; whatever does not fit falls back to its default. */
export function parseSaved(value: unknown): Saved {
  return v.parse(savedSchema, typeof value === 'object' && value !== null ? value : {});
}
