import * as v from 'valibot';
import { failureSchema } from './failure';
import { targetInfoSchema } from './models';
import { modelChoiceSchema, promptInputSchema } from './prompt';

/** Bumped on any incompatible change; extension and runtime refuse each other when it differs. */
export const protocolVersion = 1;

/** `initializationOptions` of the language client. */
export const runtimeOptionsSchema = v.object({
  protocolVersion: v.number(),
  /** Absolute path of the folder for derived graphs. */
  cacheDir: v.string(),
  /** Resident memory at which a model host is ended, in MiB. */
  memoryLimitMiB: v.pipe(v.number(), v.minValue(64)),
  /** 0 = let ONNX Runtime choose. */
  threads: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type RuntimeOptions = v.InferOutput<typeof runtimeOptionsSchema>;

/** Request `autoneural/prompt`; its events arrive as `$/progress`, several together, under `progressToken`. Cancel = LSP cancellation. */
export const promptParamsSchema = v.object({
  progressToken: v.union([v.string(), v.number()]),
  choice: modelChoiceSchema,
  input: promptInputSchema,
});
export type PromptParams = v.InferOutput<typeof promptParamsSchema>;

/** Request `autoneural/warm`: has the choice's host load its model ahead of the first prompt; answers null when done. */
export const warmParamsSchema = v.object({ choice: modelChoiceSchema });
export type WarmParams = v.InferOutput<typeof warmParamsSchema>;

/** Request `autoneural/model`: reads and verifies a bundle's description. */
export const modelParamsSchema = v.object({ bundleDir: v.string() });
export type ModelParams = v.InferOutput<typeof modelParamsSchema>;

/** Request `autoneural/restartHosts`: ends every idle or dead model host; the next prompt starts a fresh one. */

/** Request `autoneural/targets`: asked of a short-lived model host, since probing loads native libraries. */
export const targetsOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), targets: v.array(targetInfoSchema) }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type TargetsOutcome = v.InferOutput<typeof targetsOutcomeSchema>;

/** Notification `autoneural/hostState`, runtime -> extension: sent when a model host's state changes. */
export const hostStateSchema = v.object({
  bundleDir: v.string(),
  precision: v.string(),
  target: v.string(),
  state: v.picklist(['loading', 'ready', 'busy', 'died', 'stopped']),
  pid: v.nullable(v.number()),
  rssMiB: v.nullable(v.number()),
  message: v.optional(v.string()),
});
export type HostState = v.InferOutput<typeof hostStateSchema>;

export const methods = {
  prompt: 'autoneural/prompt',
  warm: 'autoneural/warm',
  model: 'autoneural/model',
  targets: 'autoneural/targets',
  restartHosts: 'autoneural/restartHosts',
  /** Answered at once with null by a runtime that listens. */
  alive: 'autoneural/alive',
  hostState: 'autoneural/hostState',
} as const;
