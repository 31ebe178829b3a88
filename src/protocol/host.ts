import * as v from 'valibot';
import { failureSchema } from './failure';
import { modelChoiceSchema, promptEventSchema, promptInputSchema, promptResultSchema } from './prompt';

/** Runtime -> model host, over the fork's IPC channel. */
export const toHostSchema = v.variant('type', [
  v.object({
    type: v.literal('load'),
    id: v.number(),
    choice: modelChoiceSchema,
    cacheDir: v.string(),
    threads: v.number(),
  }),
  v.object({ type: v.literal('prompt'), id: v.number(), input: promptInputSchema }),
  v.object({ type: v.literal('cancel'), id: v.number() }),
]);
export type ToHost = v.InferOutput<typeof toHostSchema>;

/** Model host -> runtime. `id` is the request's. */
export const fromHostSchema = v.variant('type', [
  v.object({ type: v.literal('loaded'), id: v.number() }),
  v.object({ type: v.literal('event'), id: v.number(), event: promptEventSchema }),
  v.object({ type: v.literal('result'), id: v.number(), result: promptResultSchema }),
  v.object({ type: v.literal('failure'), id: v.number(), failure: failureSchema }),
  /** Sent by a thread that keeps beating while a graph runs. */
  v.object({ type: v.literal('heartbeat'), rssMiB: v.number() }),
]);
export type FromHost = v.InferOutput<typeof fromHostSchema>;
