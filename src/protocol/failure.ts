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

/** What crosses a process boundary when something fails: never a stack trace. */
export const failureSchema = v.object({
  kind: v.picklist(failureKinds),
  /** One sentence: what happened, why, and what to do. */
  message: v.string(),
  /** Of `usage`, where sizes of inputs are missing or wrong: all inputs that leave sizes open, to ask for them. */
  openInputs: v.exactOptional(v.array(openInputSchema)),
});

export type Failure = v.InferOutput<typeof failureSchema>;

/** The one error class of the product: a {@link Failure} that can be thrown. */
export class StudioError extends Error {
  readonly kind: FailureKind;
  readonly openInputs: readonly OpenInput[] | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options?: ErrorOptions & { openInputs?: readonly OpenInput[] },
  ) {
    super(message, options);
    this.name = 'StudioError';
    this.kind = kind;
    this.openInputs = options?.openInputs;
  }

  get failure(): Failure {
    const { kind, message, openInputs } = this;
    return { kind, message, ...(openInputs && { openInputs: [...openInputs] }) };
  }
}
