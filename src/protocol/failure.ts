import * as v from 'valibot';

/**
 * Every way in which a request can fail, as a closed list. The kind decides what a view offers (Restart after
 * `host-died`, nothing after `cancelled`); the sentence is for people.
 */
export const failureKinds = [
  'usage',
  'file-missing',
  'not-an-image',
  'image-damaged',
  'image-too-large',
  'empty-question',
  'question-too-long',
  'bundle-missing',
  'bundle-damaged',
  'bundle-invalid',
  'model-invalid',
  'precision-unknown',
  'suite-invalid',
  'samples-invalid',
  'recipe-invalid',
  'run-invalid',
  'target-unavailable',
  'host-died',
  'host-out-of-memory',
  'cancelled',
  'internal',
] as const;

export type FailureKind = (typeof failureKinds)[number];

/** An input of a graph as its file declares it: a dimension that is a name (which may be empty) has any size. */
const openInputSchema = v.object({
  name: v.string(),
  dims: v.array(v.union([v.number(), v.string()])),
});
export type OpenInput = v.InferOutput<typeof openInputSchema>;

/** An input that takes a number which no sample gives, such as a sampling rate, with its element type. */
const valueInputSchema = v.object({ name: v.string(), type: v.string() });
export type ValueInput = v.InferOutput<typeof valueInputSchema>;

/**
 * What a person has to say before the same request can succeed. The sentence of the failure names no button and no
 * option: a view asks in place, the command line adds the option.
 */
const asksSchema = v.object({
  /** Of `usage`, where sizes of inputs are missing or wrong: all inputs that leave sizes open. */
  openInputs: v.exactOptional(v.array(openInputSchema)),
  /** Of `usage` and `samples-invalid`, where numbers for inputs are missing or wrong: these inputs. */
  valueInputs: v.exactOptional(v.array(valueInputSchema)),
  /** Of `usage`, where quantized graphs stand alone: the float model they were made from. */
  original: v.exactOptional(v.object({ name: v.string(), sha256: v.string() })),
  /** Of `file-missing`, where a model brings no samples: a person has to name some. */
  samples: v.exactOptional(v.literal(true)),
});
export type Asks = v.InferOutput<typeof asksSchema>;

/** What crosses a process boundary when something fails: never a stack trace. */
export const failureSchema = v.object({
  kind: v.picklist(failureKinds),
  /** One sentence: what happened, why, and what to do. */
  message: v.string(),
  ...asksSchema.entries,
});

export type Failure = v.InferOutput<typeof failureSchema>;

/** The one error class of the product: a {@link Failure} that can be thrown. */
export class StudioError extends Error {
  readonly kind: FailureKind;
  readonly asks: Asks;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions & { asks?: Asks }) {
    super(message, options);
    this.name = 'StudioError';
    this.kind = kind;
    this.asks = options?.asks ?? {};
  }

  get failure(): Failure {
    const { kind, message, asks } = this;
    return { kind, message, ...asks };
  }
}
