import * as v from 'valibot';
import { failureSchema } from './failure';

/** Request `autoneural/gateRun`: holds a run against a baseline, as `profile --baseline` does. */
export const gateRunMethod = 'autoneural/gateRun';

export const gateRunParamsSchema = v.object({
  /** Absolute paths of run records. */
  run: v.string(),
  baseline: v.string(),
  /** How much worse a median may be, as a share of the baseline: 0.1 = 10 %. */
  maxRegression: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
export type GateRunParams = v.InferOutput<typeof gateRunParamsSchema>;

/** A baseline that says nothing about the run is a failure of kind `run-invalid`. */
export const gateOutcomeSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    /** Whether a median is worse than allowed. */
    regressed: v.boolean(),
    /** What came of it, for people. */
    sentence: v.string(),
  }),
  v.object({ ok: v.literal(false), failure: failureSchema }),
]);
export type GateOutcome = v.InferOutput<typeof gateOutcomeSchema>;
