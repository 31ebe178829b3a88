import { readFileSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { buildGraph, type GraphName } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import type { ModelConfig } from '../../../src/architecture/modelConfig';
import { plannedTensors } from '../../../src/architecture/plannedTensors';
import { blockOutput, withOutputs } from './blockOutputs';
import { DecoderHost } from './decoderHost';
import { DrawnWeights, draw, drawBits } from './drawn';
import { floats, ints, openGraph, relativeError, run } from './ort';
import { summary, summaryError } from './summary';

/** Both sides compute in fp32 and differ only in the order of sums. */
const tolerance = 1e-4;
const patience = { timeout: 300_000 };

const numbers = v.array(v.number());
const blocks = v.record(v.string(), numbers);
const golden = v.parse(
  v.object({
    encoder: v.array(
      v.object({
        preset: v.string(),
        size: v.number(),
        tensors: v.number(),
        blocks,
        output: numbers,
        samples: numbers,
      }),
    ),
    decoder: v.object({
      preset: v.string(),
      vocabulary: v.number(),
      tensors: v.number(),
      prompt: v.number(),
      prefill: v.object({ blocks, logits: numbers }),
      steps: v.array(numbers),
      final: v.object({ blocks, samples: numbers }),
    }),
  }),
  JSON.parse(readFileSync(new URL('../../fixtures/golden/parity-real.json', import.meta.url), 'utf8')),
);

const nothing = { dims: [], data: new Float32Array() };
type Outputs = Awaited<ReturnType<typeof run>>;
type Fields = Record<string, unknown>;

/** A preset with some fields of one part changed. */
function preset(name: string, part: 'vision_config' | 'text_config', changes: Fields): ModelConfig {
  const file = new URL(`../../../models/presets/${name}.json`, import.meta.url);
  const json = v.parse(v.looseObject({ [part]: v.looseObject({}) }), JSON.parse(readFileSync(file, 'utf8')));
  return parseConfig({ ...json, [part]: { ...json[part], ...changes } });
}

function drawnWeights(config: ModelConfig, part: string): DrawnWeights {
  const shapes = [...plannedTensors(config, 'fp32')].filter(([name]) => name.startsWith(part));
  return new DrawnWeights(Object.fromEntries(shapes));
}

/** Opens a graph whose blocks are outputs too. */
function openWithBlocks(
  name: GraphName,
  config: ModelConfig,
  weights: DrawnWeights,
  names: readonly string[],
): Promise<{ session: InferenceSession; leaving: (block: string) => string }> {
  const graph = buildGraph(name, config, weights, 'fp32');
  const leaving = (block: string): string => blockOutput(graph, block);
  return openGraph(withOutputs(graph, names.map(leaving))).then(session => ({ session, leaving }));
}

/** Expects every block as PyTorch has it. */
function expectBlocks(
  outputs: Outputs,
  leaving: (block: string) => string,
  expected: Record<string, number[]>,
): void {
  for (const [block, reference] of Object.entries(expected)) {
    const error = summaryError(summary(outputs[leaving(block)]?.data ?? new Float32Array()), reference);
    expect(error, block).toBeLessThan(tolerance);
  }
}

function expectOutput(data: Float32Array, expected: number[]): void {
  expect(summaryError(summary(data), expected)).toBeLessThan(tolerance);
}

/** Expects some values of an output as they are, at the positions the generator draws. */
function expectSamples(data: Float32Array, samples: number[]): void {
  const positions = [...drawBits('samples', samples.length)].map(bits =>
    Math.floor((bits / 2 ** 32) * data.length),
  );
  const found = Float32Array.from(positions, position => data[position] ?? Number.NaN);
  expect(relativeError(found, Float32Array.from(samples))).toBeLessThan(tolerance);
}

describe('the full-depth encoder equals timm, block by block', () => {
  test.each(golden.encoder)('$preset at $size px', patience, async reference => {
    const { size } = reference;
    const config = preset(reference.preset, 'vision_config', { image_size: size });
    const weights = drawnWeights(config, 'model.vision_tower.');
    expect(weights.tensors.size).toBe(reference.tensors);
    const names = Object.keys(reference.blocks);
    expect(names).toHaveLength(1 + 84 + 1);
    const { session, leaving } = await openWithBlocks('vision_encoder', config, weights, names);
    const pixels = floats(draw(`pixels.${size}`, 3 * size * size, 0, 1), [1, 3, size, size]);
    const outputs = await run(session, { pixel_values: pixels });
    await session.release();
    expectBlocks(outputs, leaving, reference.blocks);
    const { dims, data } = outputs['image_features'] ?? nothing;
    expect(dims).toEqual([1, 256, 2048]);
    expectOutput(data, reference.output);
    expectSamples(data, reference.samples);
  });
});

test(
  'the decoder of LFM2-350M shape equals transformers: prefill and 64 cached steps',
  patience,
  async () => {
    const { vocabulary, prompt, prefill, steps, final, ...reference } = golden.decoder;
    const config = preset(reference.preset, 'text_config', { vocab_size: vocabulary });
    const weights = drawnWeights(config, 'model.language_model.');
    expect(weights.tensors.size).toBe(reference.tensors);
    const names = Object.keys(prefill.blocks);
    expect(names).toHaveLength(16);
    const table = await openGraph(buildGraph('embed_tokens', config, weights, 'fp32'));
    const { session, leaving } = await openWithBlocks('decoder', config, weights, names);
    const ids = [...drawBits('ids.real', prompt + steps.length)].map(bits =>
      Math.floor((bits / 2 ** 32) * vocabulary),
    );
    const host = new DecoderHost(session, config.text, 96);
    const step = async (tokens: number[]): Promise<Outputs> => {
      const { inputs_embeds: rows } = await run(table, { input_ids: ints(tokens, [1, tokens.length]) });
      return await host.outputs(rows?.data ?? new Float32Array());
    };

    const first = await step(ids.slice(0, prompt));
    expectBlocks(first, leaving, prefill.blocks);
    expectOutput((first['logits'] ?? nothing).data, prefill.logits);
    let last = first;
    for (const [index, expected] of steps.entries()) {
      last = await step(ids.slice(prompt + index, prompt + index + 1));
      expectOutput((last['logits'] ?? nothing).data, expected);
    }
    expectBlocks(last, leaving, final.blocks);
    expectSamples((last['logits'] ?? nothing).data, final.samples);
    await session.release();
  },
);
