import { readFileSync } from 'node:fs';
import * as v from 'valibot';

export const packed = v.pipe(
  v.object({ shape: v.array(v.number()), data: v.string() }),
  v.transform(({ shape, data }) => {
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
    return { shape, data: new Float32Array(bytes.buffer) };
  }),
);
export const tensors = v.record(v.string(), v.array(v.number()));
const config = v.record(v.string(), v.unknown());

const paritySchema = v.object({
  vision: v.record(v.string(), v.object({ config, tensors, features: packed })),
  connector: v.object({ tensors, embeddings: packed }),
  text: v.record(
    v.string(),
    v.object({ config, tensors, ids: v.array(v.number()), prefill: packed, steps: v.array(packed) }),
  ),
});

export const parity = v.parse(
  paritySchema,
  JSON.parse(readFileSync(new URL('../../fixtures/golden/parity.json', import.meta.url), 'utf8')),
);

type Fields = Record<string, unknown>;

/** A whole config.json around one part of a golden; the other parts come from the first goldens. */
export function configJson(parts: { vision?: Fields; text?: Fields } = {}): Fields {
  const vision = parts.vision ?? parity.vision['pooled']?.config ?? {};
  const text = parts.text ?? parity.text['tied']?.config ?? {};
  const [rows, columns] = v.parse(v.tuple([v.number(), v.number()]), vision['msfa_output_resolution']);
  return {
    model_type: 'autoneural',
    image_token_id: 4,
    image_seq_length: rows * columns,
    vision_config: vision,
    projector_hidden_size: 48,
    projector_hidden_act: 'gelu_tanh',
    projector_bias: false,
    text_config: text,
  };
}
