import * as v from 'valibot';
import { failureSchema } from './failure';
import { precisionSchema } from './prompt';

/** What a view may show of a bundle without loading it. */
export const modelInfoSchema = v.object({
  bundleDir: v.string(),
  name: v.string(),
  /** Digest over the bundle's files (its SHA256SUMS), the model's identity in results and run records. */
  sha256: v.string(),
  parameters: v.number(),
  imageSize: v.number(),
  imageTokens: v.number(),
  contextLength: v.number(),
  /** Those that it can be opened in; the first where nobody chose. */
  precisions: v.array(precisionSchema),
  /** Of a folder that holds quantized graphs only: file name of its recipe, and name of the float model. */
  exported: v.exactOptional(v.object({ recipe: v.string(), model: v.string() })),
});
export type ModelInfo = v.InferOutput<typeof modelInfoSchema>;

export const targetInfoSchema = v.object({
  id: v.string(),
  label: v.string(),
  available: v.boolean(),
  reason: v.optional(v.string()),
});
export type TargetInfo = v.InferOutput<typeof targetInfoSchema>;

export const modelOutcomeSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), model: modelInfoSchema }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type ModelOutcome = v.InferOutput<typeof modelOutcomeSchema>;
