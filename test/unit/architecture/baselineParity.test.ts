import type { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { buildGraph, type GraphName } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import { plannedTensors } from '../../../src/architecture/plannedTensors';
import { type BaselineCase, baseline } from './baselineGolden';
import { blockOutput, withOutputs } from './blockOutputs';
import { DecoderHost } from './decoderHost';
import { DrawnWeights, draw } from './drawn';
import { floats, ints, openGraph, relativeError, run } from './ort';

/** Both sides compute in fp32 and differ only in the order of sums. */
const tolerance = 1e-4;

type Reference = BaselineCase['features'];
type Outputs = Awaited<ReturnType<typeof run>>;

const cases = Object.entries(baseline.cases);

function expectSame(outputs: Outputs, name: string, expected: Reference, what = name): void {
  const { dims, data } = outputs[name] ?? { dims: [], data: new Float32Array() };
  expect(dims, what).toEqual(expected.shape);
  expect(relativeError(data, expected.data), what).toBeLessThan(tolerance);
}

/** A graph whose blocks are outputs too, and the names under which they are. */
async function openWithBlocks(
  name: GraphName,
  golden: BaselineCase,
  prefix: string,
): Promise<{ session: InferenceSession; leaving: [block: string, value: string][] }> {
  const graph = buildGraph(name, parseConfig(golden.config), new DrawnWeights(golden.tensors), 'fp32', {
    logits: 'all',
  });
  const blocks = Object.keys(golden.blocks).filter(block => block.startsWith(prefix));
  const leaving = blocks.map((block): [string, string] => [block, blockOutput(graph, block)]);
  return {
    session: await openGraph(
      withOutputs(
        graph,
        leaving.map(([, value]) => value),
      ),
    ),
    leaving,
  };
}

function expectBlocks(
  outputs: Outputs,
  leaving: [block: string, value: string][],
  golden: BaselineCase,
): void {
  expect(leaving.length).toBeGreaterThan(1);
  for (const [block, value] of leaving) {
    const expected = golden.blocks[block];
    if (expected !== undefined) expectSame(outputs, value, expected, block);
  }
}

describe('InternViT, pixel shuffle and mlp1 equal InternVL', () => {
  test.each(cases)('%s, block by block', async (name, golden) => {
    const config = parseConfig(golden.config);
    const { session, leaving } = await openWithBlocks('vision_encoder', golden, 'vision.');
    const { imageSize } = config.vision;
    const pixels = draw(`pixels.${name}`, 3 * imageSize ** 2, -2, 2);
    const outputs = await run(session, { pixel_values: floats(pixels, [1, 3, imageSize, imageSize]) });
    expectBlocks(outputs, leaving, golden);
    expectSame(outputs, 'image_features', golden.features);

    const connector = await openGraph(
      buildGraph('connector', config, new DrawnWeights(golden.tensors), 'fp32'),
    );
    const { shape, data } = golden.features;
    expectSame(await run(connector, { image_features: floats(data, shape) }), 'image_embeds', golden.embeds);
  });
});

describe('InternLM2 equals InternVL', () => {
  test.each(cases)('%s, prefill block by block and 16 cached steps', async (_, golden) => {
    const { text } = parseConfig(golden.config);
    const weights = new DrawnWeights(golden.tensors);
    const table = await openGraph(buildGraph('embed_tokens', parseConfig(golden.config), weights, 'fp32'));
    const embed = async (ids: number[]): Promise<Float32Array> => {
      const { inputs_embeds: rows } = await run(table, { input_ids: ints(ids, [1, ids.length]) });
      return rows?.data ?? new Float32Array();
    };
    const prompt = golden.ids.length - golden.steps.length;

    const every = await openWithBlocks('decoder', golden, 'decoder.');
    const host = new DecoderHost(every.session, text, 32);
    const prefill = await host.outputs(await embed(golden.ids.slice(0, prompt)));
    expectBlocks(prefill, every.leaving, golden);
    expectSame(prefill, 'logits', golden.logits);

    // As the engine runs it: logits of the last position only, the prompt in chunks.
    const session = await openGraph(buildGraph('decoder', parseConfig(golden.config), weights, 'fp32'));
    const chunked = new DecoderHost(session, text, 32);
    await chunked.step(await embed(golden.ids.slice(0, 1)));
    await chunked.step(await embed(golden.ids.slice(1, 4)));
    const last = await chunked.step(await embed(golden.ids.slice(4, prompt)));
    const lastRow = golden.logits.data.subarray((prompt - 1) * text.vocabSize);
    expect(relativeError(last.data, lastRow)).toBeLessThan(tolerance);
    for (const [index, step] of golden.steps.entries()) {
      const logits = await chunked.step(await embed(golden.ids.slice(prompt + index, prompt + index + 1)));
      expect(relativeError(logits.data, step.data), `step ${index}`).toBeLessThan(tolerance);
    }
  });
});

test.each(cases)('%s takes every tensor of InternVL', (_, golden) => {
  const planned = plannedTensors(parseConfig(golden.config), 'fp32');
  const byName = (a: [string, unknown], b: [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
  expect([...planned].sort(byName)).toEqual(Object.entries(golden.tensors).sort(byName));
});
