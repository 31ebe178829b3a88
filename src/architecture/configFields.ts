import * as v from 'valibot';
import { StudioError } from '../protocol/failure';

export const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24));
export const imageSize = v.pipe(size, v.maxValue(4096));
export const layerCount = v.pipe(size, v.maxValue(1024));
export const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));
export const tokenIds = v.optional(v.nullable(v.union([tokenId, v.array(tokenId)])));
export const epsilon = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

/** @throws {StudioError} `bundle-invalid` with the first field that is wrong. */
export function parseFields<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw invalidField(v.getDotPath(issue) ?? 'the whole file', `is wrong (${issue.message})`);
}

/** `end` as a list, as it may be written. */
export function listOf(end: v.InferOutput<typeof tokenIds>): readonly number[] {
  return typeof end === 'number' ? [end] : (end ?? []);
}

/** @throws {StudioError} `bundle-invalid` when a token for pictures is none of the vocabulary. */
export function checkImageToken(field: string, id: number, vocabSize: number): void {
  if (id >= vocabSize) throw invalidField(field, `is ${id}, beyond the ${vocabSize} tokens there are`);
}

/**
 * Width of one head.
 * @param part name of the part of config.json that the fields are in
 * @throws {StudioError} `bundle-invalid` when heads do not divide.
 */
export function checkHeads(
  part: string,
  fields: {
    readonly hidden_size: number;
    readonly num_attention_heads: number;
    readonly num_key_value_heads: number;
    readonly head_dim?: number | undefined;
  },
): number {
  const { hidden_size: hidden, num_attention_heads: heads, num_key_value_heads: keyValueHeads } = fields;
  if (fields.head_dim === undefined && hidden % heads !== 0) {
    throw invalidField(
      `${part}.num_attention_heads`,
      `is ${heads}, which does not divide hidden_size ${hidden}`,
    );
  }
  if (heads % keyValueHeads !== 0) {
    throw invalidField(
      `${part}.num_key_value_heads`,
      `is ${keyValueHeads}, which does not divide num_attention_heads ${heads}`,
    );
  }
  return fields.head_dim ?? hidden / heads;
}

export function invalidField(field: string, problem: string): StudioError {
  return new StudioError(
    'bundle-invalid',
    `config.json cannot be used: ${field} ${problem}; correct the field or fetch the model again.`,
  );
}
