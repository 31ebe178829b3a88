import * as v from 'valibot';
import { StudioError } from '../../protocol/failure';
import type { Numbers } from './convert';

const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const tensorSchema = v.object({
  dims: v.pipe(v.array(size), v.maxLength(16)),
  data: v.array(v.number()),
});
const sampleSchema = v.record(v.string(), tensorSchema);
const fileSchema = v.union([v.array(sampleSchema), sampleSchema]);

/**
 * Tensors by input name: `{"input": {"dims": [1, 2], "data": [0.5, 1]}}`, or a list of such samples.
 * @param name of the file, for the sentence of an error
 * @throws {StudioError} `samples-invalid` when it is not JSON or of another form.
 */
export function parseJsonSamples(
  text: string,
  name: string,
): Map<string, { dims: readonly number[]; values: Numbers }>[] {
  const wrong = (problem: string): StudioError =>
    new StudioError(
      'samples-invalid',
      `${name} ${problem}; write tensors as {"input": {"dims": [1, 2], "data": [0.5, 1]}}.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong('is not JSON');
  }
  const parsed = v.safeParse(fileSchema, json);
  if (!parsed.success) throw wrong('holds something other than tensors by input name');
  const samples = Array.isArray(parsed.output) ? parsed.output : [parsed.output];
  return samples.map(
    sample =>
      new Map(
        Object.entries(sample).map(([input, { dims, data }]) => {
          const elements = dims.reduce((product, size) => product * size, 1);
          if (elements !== data.length) {
            throw wrong(
              `gives ${input} ${data.length} values, but its dims [${dims.join(', ')}] need ${elements}`,
            );
          }
          return [input, { dims, values: Float64Array.from(data) }];
        }),
      ),
  );
}
