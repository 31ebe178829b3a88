import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import { DecoderHost } from './decoderHost';
import { DrawnWeights, draw } from './drawn';
import { configJson, parity } from './golden';
import { floats, ints, load, relativeError, run } from './ort';

/** Both sides compute in fp32 and differ only in the order of sums. */
const tolerance = 1e-4;

describe('vision encoder equals timm', () => {
  test.each(Object.entries(parity.vision))('%s', async (name, golden) => {
    const config = parseConfig(configJson({ vision: golden.config }));
    const session = await load(
      buildGraph('vision_encoder', config, new DrawnWeights(golden.tensors), 'fp32'),
    );
    const size = config.vision.imageSize;
    const pixels = draw(`pixels.${name}`, 3 * size * size, 0, 1);
    const { image_features: features } = await run(session, {
      pixel_values: floats(pixels, [1, 3, size, size]),
    });
    expect(features?.dims).toEqual(golden.features.shape);
    expect(relativeError(features?.data ?? new Float32Array(), golden.features.data)).toBeLessThan(tolerance);
  });
});

test('connector equals PyTorch', async () => {
  const weights = new DrawnWeights(parity.connector.tensors);
  const session = await load(buildGraph('connector', parseConfig(configJson()), weights, 'fp32'));
  const features = draw('features', 9 * 24, -2, 2);
  const { image_embeds: embeds } = await run(session, { image_features: floats(features, [1, 9, 24]) });
  expect(embeds?.dims).toEqual(parity.connector.embeddings.shape);
  const { data } = parity.connector.embeddings;
  expect(relativeError(embeds?.data ?? new Float32Array(), data)).toBeLessThan(tolerance);
});

describe('decoder equals transformers', () => {
  test.each(Object.entries(parity.text))('%s, prefill and 8 cached steps', async (_, golden) => {
    const config = parseConfig(configJson({ text: golden.config }));
    const weights = new DrawnWeights(golden.tensors);
    const embedding = await load(buildGraph('embed_tokens', config, weights, 'fp32'));
    const embed = async (ids: number[]): Promise<Float32Array> => {
      const { inputs_embeds: rows } = await run(embedding, { input_ids: ints(ids, [1, ids.length]) });
      return rows?.data ?? new Float32Array();
    };
    const vocab = config.text.vocabSize;
    const prompt = golden.ids.length - golden.steps.length;
    const lastRow = golden.prefill.data.subarray((prompt - 1) * vocab);

    const every = await load(buildGraph('decoder', config, weights, 'fp32', { logits: 'all' }));
    const all = await new DecoderHost(every, config.text, 32).step(await embed(golden.ids.slice(0, prompt)));
    expect(all.dims).toEqual(golden.prefill.shape);
    expect(relativeError(all.data, golden.prefill.data)).toBeLessThan(tolerance);

    const session = await load(buildGraph('decoder', config, weights, 'fp32'));
    const host = new DecoderHost(session, config.text, 32);
    const last = await host.step(await embed(golden.ids.slice(0, prompt)));
    expect(last.dims).toEqual([1, 1, vocab]);
    expect(relativeError(last.data, lastRow)).toBeLessThan(tolerance);
    for (const [index, step] of golden.steps.entries()) {
      const logits = await host.step(await embed(golden.ids.slice(prompt + index, prompt + index + 1)));
      expect(relativeError(logits.data, step.data), `step ${index}`).toBeLessThan(tolerance);
    }

    // The same prompt in chunks: the state carries over exactly as one pass would have it.
    const chunked = new DecoderHost(session, config.text, 32);
    await chunked.step(await embed(golden.ids.slice(0, 1)));
    await chunked.step(await embed(golden.ids.slice(1, 4)));
    const rest = await chunked.step(await embed(golden.ids.slice(4, prompt)));
    expect(relativeError(rest.data, lastRow)).toBeLessThan(tolerance);
  });
});
