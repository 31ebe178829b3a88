import * as v from 'valibot';
import { claimsReportSchema } from './claims';
import {
  claimsCostParamsSchema,
  claimsCostSchema,
  claimsEventSchema,
  claimsFields,
  measureClaimsParamsSchema,
} from './claimsRun';
import { compareEventSchema, compareParamsSchema, compareResultSchema } from './compare';
import { failureSchema } from './failure';
import { targetInfoSchema } from './models';
import { profileEventSchema, profileParamsSchema, targetFactsSchema } from './profile';
import { modelChoiceSchema, promptEventsSchema, promptInputSchema, promptResultSchema } from './prompt';
import {
  applyResultSchema,
  inspectionEventSchema,
  inspectParamsSchema,
  quantizationReportSchema,
  recipeApplicationSchema,
  unitDetailParamsSchema,
  unitDetailSchema,
} from './quantization';
import { runRecordSchema } from './runRecord';

/** Where a measurement keeps its results and the graphs it derives, and how many threads one operator may use. */
const measuring = { id: v.number(), cacheDir: v.string(), threads: v.number() };

/**
 * Runtime -> model host, over the fork's IPC channel. All but `cancel` are requests, one at a time; each is answered by
 * exactly one message of the same `id`. `cancel` names the request that is running.
 */
export const toHostSchema = v.variant('type', [
  v.object({
    type: v.literal('load'),
    id: v.number(),
    choice: modelChoiceSchema,
    cacheDir: v.string(),
    threads: v.number(),
  }),
  v.object({ type: v.literal('prompt'), id: v.number(), input: promptInputSchema }),
  v.object({ type: v.literal('targets'), id: v.number() }),
  v.object({
    type: v.literal('inspect'),
    params: v.omit(inspectParamsSchema, ['progressToken']),
    ...measuring,
  }),
  v.object({ type: v.literal('detail'), params: unitDetailParamsSchema, ...measuring }),
  v.object({ type: v.literal('apply'), params: recipeApplicationSchema, ...measuring }),
  /** Needs no loaded model: it opens both of its own accord, one after the other. */
  v.object({
    type: v.literal('compare'),
    ...v.omit(compareParamsSchema, ['progressToken']).entries,
    ...measuring,
  }),
  /** Needs no loaded model: it loads its own, more than once. */
  v.object({
    type: v.literal('profile'),
    ...v.omit(profileParamsSchema, ['progressToken']).entries,
    ...measuring,
  }),
  /** Needs no loaded model: it builds two of its own. */
  v.object({
    type: v.literal('claims'),
    ...v.omit(measureClaimsParamsSchema, ['progressToken']).entries,
    ...measuring,
  }),
  v.object({ type: v.literal('claimsCost'), ...claimsCostParamsSchema.entries, ...measuring }),
  v.object({ type: v.literal('targetFacts'), id: v.number() }),
  v.object({ type: v.literal('cancel'), id: v.number() }),
]);
export type ToHost = v.InferOutput<typeof toHostSchema>;

/** Model host -> runtime. `id` is the request's. */
export const fromHostSchema = v.variant('type', [
  v.object({ type: v.literal('loaded'), id: v.number() }),
  v.object({ type: v.literal('events'), id: v.number(), events: promptEventsSchema }),
  v.object({ type: v.literal('result'), id: v.number(), result: promptResultSchema }),
  v.object({ type: v.literal('targets'), id: v.number(), targets: v.array(targetInfoSchema) }),
  v.object({ type: v.literal('inspectionEvent'), id: v.number(), event: inspectionEventSchema }),
  v.object({ type: v.literal('report'), id: v.number(), report: quantizationReportSchema }),
  v.object({ type: v.literal('detail'), id: v.number(), detail: unitDetailSchema }),
  v.object({ type: v.literal('applied'), id: v.number(), result: applyResultSchema }),
  v.object({ type: v.literal('compareEvent'), id: v.number(), event: compareEventSchema }),
  v.object({ type: v.literal('compared'), id: v.number(), result: compareResultSchema }),
  v.object({ type: v.literal('claimsEvent'), id: v.number(), event: claimsEventSchema }),
  v.object({ type: v.literal('claimsMeasured'), id: v.number(), report: claimsReportSchema }),
  v.object({
    type: v.literal('claimsCost'),
    id: v.number(),
    found: v.union([
      v.object({ cost: v.omit(claimsCostSchema, ['memoryLimitBytes']) }),
      v.object({ field: v.picklist(claimsFields), failure: failureSchema }),
    ]),
  }),
  v.object({ type: v.literal('profileEvent'), id: v.number(), event: profileEventSchema }),
  v.object({ type: v.literal('profiled'), id: v.number(), record: runRecordSchema }),
  v.object({
    type: v.literal('targetFacts'),
    id: v.number(),
    targets: v.array(targetFactsSchema),
    diagnostics: v.string(),
  }),
  v.object({ type: v.literal('failure'), id: v.number(), failure: failureSchema }),
  /** Sent as a JSON line through {@link heartbeatFd} by a thread that keeps beating while a graph runs. */
  v.object({ type: v.literal('heartbeat'), rssMiB: v.number() }),
]);
export type FromHost = v.InferOutput<typeof fromHostSchema>;

/** File descriptor of the host's heartbeat pipe: the IPC channel belongs to the main thread, which a graph blocks. */
export const heartbeatFd = 4;
