import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InferenceSession } from 'onnxruntime-node';
import sharp from 'sharp';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, openBundle } from '../../../src/bundle/bundle';
import { type DerivedGraphs, deriveGraphs } from '../../../src/bundle/derive';
import { DecoderHost } from '../architecture/decoderHost';
import { floats, ints, openFile, relativeError, run } from '../architecture/ort';
import { freshDir, sha256 } from './tinyBundle';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const nanoDir = process.env['AUTONEURAL_TEST_BUNDLE'] ?? join(root, 'models', 'autoneural-nano');
const goldenDir = process.env['AUTONEURAL_TEST_GOLDEN'] ?? join(root, 'test', 'fixtures', 'golden');

const sampled = v.object({
  shape: v.array(v.number()),
  indices: v.array(v.number()),
  values: v.array(v.number()),
});
/** Written by models/training/golden.py: what PyTorch computes for one picture, part by part. */
const partsSchema = v.object({
  model: v.string(),
  image: v.string(),
  pixels: v.string(),
  promptIds: v.array(v.number()),
  imageFeatures: sampled,
  imageEmbeddings: sampled,
  inputEmbeddings: sampled,
  lastLogits: sampled,
  greedyTokens: v.array(v.number()),
});
type Sampled = v.InferOutput<typeof sampled>;

function expectSame(actual: Float32Array, expected: Sampled): void {
  expect(actual.length).toBe(expected.shape.reduce((a, b) => a * b, 1));
  const values = Float32Array.from(expected.indices, index => actual[index] ?? Number.NaN);
  expect(relativeError(values, Float32Array.from(expected.values))).toBeLessThan(1e-4);
}

describe('the shipped bundle', () => {
  let bundle: Bundle;
  let graphs: DerivedGraphs;

  beforeAll(async () => {
    bundle = await openBundle(nanoDir);
    graphs = await deriveGraphs(bundle, 'fp32', freshDir());
  }, 60_000);

  async function only(
    session: Promise<InferenceSession>,
    feeds: Parameters<typeof run>[1],
  ): Promise<Float32Array> {
    const [output] = Object.values(await run(await session, feeds));
    return output?.data ?? new Float32Array();
  }

  test('is complete', async () => {
    expect(bundle.info()).toMatchObject({ imageSize: 128, imageTokens: 64 });
    expect(await bundle.preprocessor()).toMatchObject({ size: { height: 128, width: 128 } });
    expect(await bundle.processor()).toMatchObject({ image_seq_length: bundle.config.imageTokens });
    expect((await bundle.generation()).eos_token_id).toBe(bundle.config.text.endTokenIds[0]);
    expect(await bundle.chatTemplate()).toContain('<|im_start|>');
    expect((await bundle.tokenizerConfig()).eos_token).toBe('<|im_end|>');
  });

  test('answers as PyTorch does, part by part and token by token', async () => {
    const json: unknown = JSON.parse(readFileSync(join(goldenDir, 'nano-parts.json'), 'utf8'));
    const golden = v.parse(partsSchema, json);
    expect(sha256(readFileSync(join(nanoDir, 'model.safetensors')))).toBe(golden.model);
    const picture = join(root, 'test', 'fixtures', 'heldout', golden.image);
    const bytes = await sharp(picture)
      .resize(128, 128, { fit: 'fill', kernel: 'cubic' })
      .removeAlpha()
      .raw()
      .toBuffer();
    expect(sha256(bytes)).toBe(golden.pixels);
    const plane = 128 * 128;
    const pixels = Float32Array.from({ length: 3 * plane }, (_, index) => {
      return (bytes[(index % plane) * 3 + Math.floor(index / plane)] ?? 0) / 255;
    });

    const encoder = openFile(graphs.visionEncoder);
    const features = await only(encoder, { pixel_values: floats(pixels, [1, 3, 128, 128]) });
    expectSame(features, golden.imageFeatures);
    const { imageTokens, imageTokenId, featureSize, text } = bundle.config;
    const dims = [1, imageTokens, featureSize];
    const projected = await only(openFile(graphs.connector), { image_features: floats(features, dims) });
    expectSame(projected, golden.imageEmbeddings);

    const embedding = openFile(graphs.embedTokens);
    const embed = (ids: number[]) => only(embedding, { input_ids: ints(ids, [1, ids.length]) });
    const embeds = await embed(golden.promptIds);
    let image = 0;
    for (const [position, id] of golden.promptIds.entries()) {
      if (id !== imageTokenId) continue;
      const row = projected.subarray(image * text.hiddenSize, ++image * text.hiddenSize);
      embeds.set(row, position * text.hiddenSize);
    }
    expect(image).toBe(imageTokens);
    expectSame(embeds, golden.inputEmbeddings);

    const decoder = new DecoderHost(await openFile(graphs.decoder), text, 256);
    let logits = (await decoder.step(embeds)).data;
    expectSame(logits, golden.lastLogits);
    const tokens: number[] = [];
    for (;;) {
      const token = logits.indexOf(Math.max(...logits));
      tokens.push(token);
      if (text.endTokenIds.includes(token) || tokens.length === golden.greedyTokens.length) break;
      logits = (await decoder.step(await embed([token]))).data;
    }
    expect(tokens).toEqual(golden.greedyTokens);
  });
});
