import * as v from 'valibot';

/** Two models side by side on one machine: the paper's claims about a system, measured here. */

export const claimsVersion = 1 as const;

/** A file with more bytes is refused unread. */
export const maxClaimsBytes = 4 * 2 ** 20;

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Middle and tails of n values, warm-ups not counted; quantiles by linear interpolation. */
export const distributionSchema = v.object({ median: amount, p10: amount, p90: amount, n: count });
export type Distribution = v.InferOutput<typeof distributionSchema>;

/** A figure, or why there is none. */
const measured = v.variant('measured', [
  v.object({ measured: v.literal(true), ...distributionSchema.entries }),
  v.object({ measured: v.literal(false), reason: v.string() }),
]);
export type Measured = v.InferOutput<typeof measured>;

/** One figure for each of the two models, in their order. */
const pair = <Schema extends v.GenericSchema>(schema: Schema) => v.tuple([schema, schema]);

/** A model and what is counted of it. */
export const contenderSchema = v.object({
  name: v.string(),
  parameters: count,
  /** Constants of all its graphs at the first picture size, in the precision that ran. */
  weightBytes: count,
  /** Keys and values of one token, fp32. */
  cacheBytesPerToken: count,
  /** States of the short convolutions, whatever the context. */
  stateBytes: count,
  /** Tokens that the config allows. */
  contextLength: count,
  /** Tokens whose keys and values fit beside weights and states into the budget, at most `contextLength`; estimated. */
  longestContext: count,
});
export type Contender = v.InferOutput<typeof contenderSchema>;

/** One picture size: milliseconds of each part, in one model after the other. */
export const pictureRowSchema = v.object({
  imageSize: count,
  models: pair(
    v.object({
      imageTokens: count,
      /** Multiply-accumulates of the encoder for one picture; null where an operator cannot be counted. */
      encoderMacs: v.nullable(count),
      encodeMs: measured,
      projectMs: measured,
      /** Picture and text tokens together. */
      prefillMs: measured,
      /** The three above; decoding and resizing of a picture file are not part of it. */
      firstTokenMs: measured,
    }),
  ),
});
export type PictureRow = v.InferOutput<typeof pictureRowSchema>;

/** Decode throughput with that many tokens in the context, tokens per second. */
export const decodeRowSchema = v.object({ context: count, models: pair(measured) });
export type DecodeRow = v.InferOutput<typeof decodeRowSchema>;

export const verdicts = ['holds', 'holds partly', 'does not hold here', 'not measured'] as const;
export type Verdict = (typeof verdicts)[number];

export const claimSchema = v.object({
  /** The claim in the paper's terms. */
  claim: v.string(),
  /** Figures of the paper, on Qualcomm's SA8295P. */
  published: v.string(),
  /** The same quantities on this machine. */
  here: v.string(),
  verdict: v.picklist(verdicts),
  why: v.string(),
});
export type Claim = v.InferOutput<typeof claimSchema>;

export const claimsReportSchema = v.object({
  format: v.literal('autoneural-claims'),
  version: v.literal(claimsVersion),
  /** ISO 8601, when the measurement began. */
  date: v.string(),
  /** `partial`: stopped or ended before everything was measured; files of earlier versions are whole. */
  status: v.optional(v.picklist(['complete', 'partial']), 'complete'),
  /** Why it is partial. */
  statusReason: v.optional(v.nullable(v.string()), null),
  machine: v.object({ processor: v.string(), cores: count, os: v.string(), memoryBytes: count }),
  /** Arithmetic that ran: encoders in fp32, decoders as the precision says. */
  precision: v.string(),
  threads: count,
  repeats: count,
  textTokens: count,
  memoryBudgetBytes: count,
  versions: v.record(v.string(), v.string()),
  contenders: pair(contenderSchema),
  pictures: v.array(pictureRowSchema),
  decode: v.array(decodeRowSchema),
  claims: v.array(claimSchema),
  notes: v.array(v.string()),
});
export type ClaimsReport = v.InferOutput<typeof claimsReportSchema>;
