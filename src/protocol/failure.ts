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
  'host-died',
  'host-out-of-memory',
  'cancelled',
  'internal',
] as const;

export type FailureKind = (typeof failureKinds)[number];

/** What crosses a process boundary when something fails: never a stack trace. */
export const failureSchema = v.object({
  kind: v.picklist(failureKinds),
  /** One sentence: what happened, why, and what to do. */
  message: v.string(),
});

export type Failure = v.InferOutput<typeof failureSchema>;

/** The one error class of the product: a {@link Failure} that can be thrown. */
export class StudioError extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StudioError';
    this.kind = kind;
  }

  get failure(): Failure {
    return { kind: this.kind, message: this.message };
  }
}
