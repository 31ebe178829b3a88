import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const numbers = v.array(v.number());
const bits = v.picklist([4, 8, 16]);
const schema = v.object({
  ranges: v.array(v.tuple([v.number(), v.number(), bits, v.number(), v.number(), v.number(), v.number()])),
  weights: v.object({
    dims: numbers,
    values: numbers,
    cases: v.array(
      v.object({
        bits,
        symmetric: v.boolean(),
        axis: v.number(),
        granularity: v.picklist(['channel', 'block']),
        blockSize: v.optional(v.number()),
        scales: numbers,
        zeroPoints: numbers,
        scaleDims: v.optional(numbers),
        quantized: v.optional(numbers),
      }),
    ),
  }),
  calibrators: v.array(
    v.object({
      name: v.string(),
      min: v.number(),
      max: v.number(),
      /** The histogram's bins cover [-limit, limit]. */
      limit: v.number(),
      counts: numbers,
      percentile: v.tuple([v.number(), v.number()]),
      entropy: v.tuple([v.number(), v.number()]),
    }),
  ),
});

/** Answers of onnxruntime.quantization, written by test/fixtures/golden/make_quantization.py. */
export const golden = v.parse(
  schema,
  JSON.parse(readFileSync('test/fixtures/golden/quantization.json', 'utf8')),
);
