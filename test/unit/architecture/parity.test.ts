import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import { DecoderHost } from './decoderHost';
import { DrawnWeights } from './drawn';
import { configJson, parity } from './golden';
import { ints, load, relativeError, run } from './ort';
import { connectorError, decoderError, encoderError, textGraphs, tolerance } from './parityCheck';

describe('vision encoder equals timm', () => {
  test.each(Object.entries(parity.vision))('%s', async (name, golden) => {
    const config = parseConfig(configJson({ vision: golden.config }));
    const graph = buildGraph('vision_encoder', config, new DrawnWeights(golden.tensors), 'fp32');
    expect(await encoderError(name, golden, graph)).toBeLessThan(tolerance);
  });
});

test('connector equals PyTorch', async () => {
  const weights = new DrawnWeights(parity.connector.tensors);
  const graph = buildGraph('connector', parseConfig(configJson()), weights, 'fp32');
  expect(await connectorError(graph)).toBeLessThan(tolerance);
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

    expect(await decoderError(golden, textGraphs(golden, weights))).toBeLessThan(tolerance);

    // The same prompt in chunks: the state carries over exactly as one pass would have it.
    const session = await load(buildGraph('decoder', config, weights, 'fp32'));
    const chunked = new DecoderHost(session, config.text, 32);
    await chunked.step(await embed(golden.ids.slice(0, 1)));
    await chunked.step(await embed(golden.ids.slice(1, 4)));
    const rest = await chunked.step(await embed(golden.ids.slice(4, prompt)));
    expect(relativeError(rest.data, lastRow)).toBeLessThan(tolerance);
  });
});
