import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BuildOptions, buildModel } from '../../../src/bundle/build';
import { openBundle } from '../../../src/bundle/bundle';
import { deriveGraphs } from '../../../src/bundle/derive';
import { plainCase } from '../architecture/baselineGolden';
import { draw } from '../architecture/drawn';
import { floats, openFile, relativeError, run } from '../architecture/ort';
import { freshDir, tinyBundle, writeSafetensors } from './tinyBundle';

const golden = plainCase();
const edge = 20;

function options(weights: BuildOptions['weights']): BuildOptions {
  return {
    name: 'tiny baseline',
    config: golden.config,
    weights,
    precision: 'fp32',
    dir: join(freshDir(), 'built'),
    force: false,
    signal: new AbortController().signal,
    onProgress: () => {},
  };
}

/** Expects an encoder in a file to answer as InternVL does. */
async function expectInternVl(visionEncoder: string): Promise<void> {
  const session = await openFile(visionEncoder);
  const pixels = floats(draw('pixels.plain', 3 * edge ** 2, -2, 2), [1, 3, edge, edge]);
  const { image_features: features } = await run(session, { pixel_values: pixels });
  expect(relativeError(features?.data ?? new Float32Array(), golden.features.data)).toBeLessThan(1e-4);
}

describe('the baseline is built from public weights', () => {
  test('in one file and in several, under their own names', async () => {
    const dir = freshDir();
    writeSafetensors(join(dir, 'model.safetensors'), golden.tensors);
    const names = Object.keys(golden.tensors);
    const index: Record<string, string> = {};
    for (const part of [0, 1]) {
      const file = `model-0000${part + 1}-of-00002.safetensors`;
      const own = names.filter((_, position) => position % 2 === part);
      writeSafetensors(
        join(dir, file),
        Object.fromEntries(own.map(name => [name, golden.tensors[name] ?? []])),
      );
      for (const name of own) index[name] = file;
    }
    const indexFile = join(dir, 'model.safetensors.index.json');
    writeFileSync(indexFile, JSON.stringify({ weight_map: index }));

    const given = [join(dir, 'model.safetensors'), indexFile].map(file => options({ file }));
    for (const each of given) {
      const { record } = await buildModel(each);
      const total = Object.values(golden.tensors).reduce(
        (sum, shape) => sum + shape.reduce((product, size) => product * size, 1),
        0,
      );
      expect(record.parameters.total).toBe(total);
      expect(record.parameters.connector).toBe(96 * 2 + 96 * 32 + 32 + 32 * 32 + 32);
      await expectInternVl(join(each.dir, 'onnx', 'vision_encoder.onnx'));
    }
    const [one, several] = given.map(({ dir: built }) => readFileSync(join(built, 'SHA256SUMS'), 'utf8'));
    const graphsOf = (sums = ''): string[] => sums.split('\n').filter(line => line.includes('onnx/'));
    expect(graphsOf(one)).toEqual(graphsOf(several));
  });

  test('and a tensor that is missing or superfluous is named', async () => {
    const [first = ''] = Object.keys(golden.tensors);
    const refusal = async (change: (shapes: Record<string, number[]>) => void): Promise<unknown> => {
      const shapes = { ...golden.tensors };
      change(shapes);
      const file = join(freshDir(), 'model.safetensors');
      writeSafetensors(file, shapes);
      return await buildModel(options({ file })).catch((error: unknown) => error);
    };
    expect(await refusal(shapes => delete shapes[first])).toMatchObject({
      message: expect.stringContaining(`tensor ${first} of shape`),
    });
    expect(await refusal(shapes => (shapes['vision_model.head.weight'] = [2]))).toMatchObject({
      message: expect.stringContaining('tensor vision_model.head.weight of model.safetensors is superfluous'),
    });
  });
});

test('a folder of the baseline opens as a bundle, and its graphs are derived', async () => {
  const bundle = await openBundle(tinyBundle({ shapes: golden.tensors, config: golden.config }));
  expect(bundle.info()).toMatchObject({ imageSize: edge, imageTokens: 4, contextLength: 64 });
  const graphs = await deriveGraphs(bundle, 'fp32', freshDir());
  await expectInternVl(graphs.visionEncoder);
});
