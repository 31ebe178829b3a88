import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, openBundle } from '../../../../src/bundle/bundle';
import { deriveGraphs } from '../../../../src/bundle/derive';
import { loadModel } from '../../../../src/engine/loadModel';
import type { Safetensors } from '../../../../src/onnx/safetensors';
import { bundleGraphs } from '../../../../src/quantization/bundle/bundleGraphs';
import { bundleSamples } from '../../../../src/quantization/bundle/bundleSamples';
import { decoderFeedsOf } from '../../../../src/quantization/bundle/decoderSamples';
import { type FloatModel, openFloatModel, pixelsOf } from '../../../../src/quantization/bundle/floatModel';
import { questionsAt, shippedQuestions } from '../../../../src/quantization/bundle/questions';
import type { Feeds } from '../../../../src/quantization/samples/feeds';
import { load, openFile, run } from '../../architecture/ort';
import { freshDir } from '../../bundle/tinyBundle';
import { nanoDir, root } from '../../engine/nano';

const picture = path.join(root, 'samples', 'level-b6.png');
const limits = { calibration: 3, evaluation: 1, decodeSteps: 2 };
const quiet = new AbortController().signal;

describe('what a bundle is measured with', () => {
  let bundle: Bundle;
  let model: FloatModel;
  let weights: Safetensors;
  const cacheDir = freshDir();

  beforeAll(async () => {
    bundle = await openBundle(nanoDir);
    model = await openFloatModel(bundle, cacheDir, 1);
    weights = await bundle.openWeights();
  }, 60_000);

  afterAll(async () => {
    await model.graphs.close();
    weights.close();
  });

  function tensors(feeds: Feeds): Record<string, Tensor> {
    return Object.fromEntries(
      Object.entries(feeds).map(([name, { type, dims, data }]) => {
        if (data instanceof Float32Array && type === 'float32') return [name, new Tensor(type, data, dims)];
        if (data instanceof BigInt64Array && type === 'int64') return [name, new Tensor(type, data, dims)];
        throw new Error(`${name} is ${type}`);
      }),
    );
  }

  test('is the encoder with the connector in one graph', async () => {
    const graph = bundleGraphs(bundle, weights).visionEncoder;
    expect(graph.inputs.map(({ name }) => name)).toEqual(['pixel_values']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['image_embeds']);
    const pixels = await pixelsOf(model, picture);
    const { imageSize } = bundle.config.vision;
    const feeds = { pixel_values: new Tensor('float32', pixels, [1, 3, imageSize, imageSize]) };
    const joined = await run(await load(graph), feeds);
    const graphs = await deriveGraphs(bundle, 'fp32', cacheDir);
    const { image_features: features } = await run(await openFile(graphs.visionEncoder), feeds);
    if (features === undefined) throw new Error('no features');
    const apart = await run(await openFile(graphs.connector), {
      image_features: new Tensor('float32', features.data, features.dims),
    });
    expect(joined['image_embeds']?.data).toEqual(apart['image_embeds']?.data);
  });

  test("is the float run's own tokens, step by step", async () => {
    const question = 'Give a short caption.';
    const engine = await loadModel(bundle, await deriveGraphs(bundle, 'fp32', cacheDir), {
      precision: 'fp32',
      threads: 1,
    });
    const asked = { imagePath: picture, turns: [], question, sampling: { temperature: 0 } };
    const { tokenIds } = await engine.prompt(asked, () => {}, quiet);
    await engine.close();
    const { prefill, decode } = await decoderFeedsOf(model, await pixelsOf(model, picture), question, 100);
    // The last token ends the answer and is never read.
    expect(decode).toHaveLength(tokenIds.length - 1);
    const decoder = await load(bundleGraphs(bundle, weights).decoder);
    const answered: number[] = [];
    for (const feeds of [prefill, ...decode]) {
      const { logits } = await run(decoder, tensors(feeds));
      const last = logits?.data.slice(-bundle.config.text.vocabSize) ?? new Float32Array();
      answered.push(last.indexOf(Math.max(...last)));
    }
    expect(answered).toEqual(tokenIds);
  });

  test('is disjoint as shipped, and not among the examination or the samples', async () => {
    const { calibration, evaluation } = await shippedQuestions(bundle.dir, bundle.name);
    expect(calibration.length).toBeGreaterThan(evaluation.length);
    expect(evaluation.length).toBeGreaterThan(0);
    const names = [...calibration, ...evaluation].map(({ imagePath }) => imagePath);
    expect(new Set(names).size).toBe(names.length);
  });

  test('is a folder of pictures, a broken one skipped and named', async () => {
    const folder = freshDir();
    for (const name of ['a', 'b', 'd', 'e']) copyFileSync(picture, path.join(folder, `${name}.png`));
    writeFileSync(path.join(folder, 'c.png'), 'no picture');
    writeFileSync(path.join(folder, 'notes.txt'), 'no picture either');
    const { calibration: shipped } = await shippedQuestions(bundle.dir, bundle.name);
    const sets = await questionsAt(folder, shipped);
    expect(sets.evaluation.map(({ name }) => name)).toEqual(['d.png']);
    const statuses: string[] = [];
    const samples = await bundleSamples(
      model,
      sets,
      { ...limits, calibration: 9 },
      (done, total) => statuses.push(`${done}/${total}`),
      quiet,
    );
    expect(samples.info).toMatchObject({ source: 'pictures', calibrationSamples: 3, evaluationSamples: 1 });
    expect(samples.info.skipped).toEqual([{ name: 'c.png', reason: expect.stringContaining('c.png') }]);
    expect(samples.vision.calibration).toHaveLength(3);
    expect(statuses).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    expect(Object.keys(samples.decode.evaluation[0] ?? {}).sort()).toEqual(
      bundleGraphs(bundle, weights)
        .decoder.inputs.map(({ name }) => name)
        .sort(),
    );
  });

  test('is refused in one sentence where there is nothing', async () => {
    const empty = freshDir();
    await expect(questionsAt(empty, [])).rejects.toThrow(/ holds no picture: choose .*\.$/);
    await expect(questionsAt(path.join(empty, 'no'), [])).rejects.toThrow(
      /^There are no calibration pictures at /,
    );
    await expect(questionsAt(path.join(root, 'README.md'), [])).rejects.toThrow(
      /^README\.md cannot calibrate /,
    );
    await expect(shippedQuestions(empty, 'mine')).rejects.toThrow(
      /^mine ships no pictures for calibration: /,
    );
    const broken = path.join(freshDir(), 'pictures');
    mkdirSync(broken);
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(path.join(broken, `${name}.png`), 'no');
    const sets = await questionsAt(broken, []);
    await expect(bundleSamples(model, sets, limits, () => {}, quiet)).rejects.toThrow(
      /^Too few pictures .* 4 cannot be read/,
    );
    const aborted = AbortSignal.abort();
    await expect(bundleSamples(model, sets, limits, () => {}, aborted)).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });
});
