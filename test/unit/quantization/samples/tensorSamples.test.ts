import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { StudioError } from '../../../../src/protocol/failure';
import type { InputSpec } from '../../../../src/quantization/samples/feeds';
import { parseJsonSamples } from '../../../../src/quantization/samples/jsonSamples';
import { readTensorSamples } from '../../../../src/quantization/samples/tensorSamples';
import { floatFile } from './npyFiles';

const root = mkdtempSync(join(tmpdir(), 'samples-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

function folder(files: Record<string, string | Uint8Array>): string {
  const dir = join(root, String(folders++));
  mkdirSync(dir);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

const image: InputSpec = { name: 'image', type: 'float32', dims: ['n', 2] };
const state: InputSpec = { name: 'h/0', type: 'int64', dims: [1] };

describe('readTensorSamples', () => {
  it('reads numbered files as samples in their order', async () => {
    const dir = folder({
      'image.10.npy': floatFile([1, 2], [10, 10]),
      'image_2.npy': floatFile([1, 2], [2, 2]),
      'h_0-2.npy': floatFile([1], [7]),
      'h_0.10.npy': floatFile([1], [8]),
      'notes.txt': 'not a sample',
    });
    const { samples, skipped } = await readTensorSamples(dir, [image, state]);
    expect(skipped).toEqual([]);
    expect(
      samples.map(({ name, feeds }) => [name, [...(feeds['image']?.data ?? [])], feeds['h/0']?.data]),
    ).toEqual([
      ['h_0-2.npy, image_2.npy', [2, 2], BigInt64Array.of(7n)],
      ['h_0.10.npy, image.10.npy', [10, 10], BigInt64Array.of(8n)],
    ]);
  });

  it('reads a subfolder as one sample, and a file as the only input', async () => {
    const dir = folder({
      'a/image.npy': floatFile([1, 2], [1, 2]),
      'b/image.npy': floatFile([3, 2], [1, 2, 3, 4, 5, 6]),
    });
    const { samples } = await readTensorSamples(dir, [image]);
    expect(samples.map(({ name, feeds }) => [name, feeds['image']?.dims])).toEqual([
      ['a/image.npy', [1, 2]],
      ['b/image.npy', [3, 2]],
    ]);
    const single = join(folder({ 'anything.npy': floatFile([1, 2], [1, 2]) }), 'anything.npy');
    expect((await readTensorSamples(single, [image])).samples).toHaveLength(1);
  });

  it('reads JSON: one sample or a list', async () => {
    const tensor = { dims: [1, 2], data: [0.5, 1] };
    const dir = folder({
      'a.json': JSON.stringify({ image: tensor }),
      'b.json': JSON.stringify([{ image: tensor }, { image: tensor }]),
    });
    const { samples } = await readTensorSamples(dir, [image]);
    expect(samples.map(sample => sample.name)).toEqual(['a.json', 'b.json[0]', 'b.json[1]']);
    expect(samples[0]?.feeds).toEqual({
      image: { type: 'float32', dims: [1, 2], data: Float32Array.of(0.5, 1) },
    });
  });

  it('skips what cannot be used, with the reason', async () => {
    const dir = folder({
      'image.0.npy': floatFile([1, 2], [1, 2]),
      'image.1.npy': floatFile([1, 3], [1, 2, 3]),
      'image.2.npy': Buffer.from('broken'),
      'image.3.npy': floatFile([1, 2], [1, 2]),
      'h_0.0.npy': floatFile([1], [4]),
      'h_0.3.npy': floatFile([1], [0.5]),
      'h_0.4.npy': floatFile([1], [4]),
      'other.npy': floatFile([1], [4]),
    });
    const { samples, skipped } = await readTensorSamples(dir, [image, state]);
    expect(samples.map(sample => sample.name)).toEqual(['h_0.0.npy, image.0.npy']);
    expect(Object.fromEntries(skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      'image.2.npy':
        'image.2.npy is no .npy file; save it anew with numpy.save(path, numpy.ascontiguousarray(array)).',
      'other.npy': 'its name is none of the inputs image, h/0',
      'image.1.npy': 'image has the shape (1, 3), but the graph takes (n, 2)',
      'h_0.3.npy, image.3.npy': 'h/0 holds a number that does not fit: 0.5 is no int64',
      'h_0.4.npy': 'the input image is missing',
    });
  });

  it('leaves out inputs that may be missing', async () => {
    const dir = folder({ 'image.npy': floatFile([1, 2], [1, 2]) });
    const { samples } = await readTensorSamples(dir, [image, state], new Set(['h/0']));
    expect(Object.keys(samples[0]?.feeds ?? {})).toEqual(['image']);
  });

  it('asks for a number where no sample has an input', async () => {
    const dir = folder({ 'image.0.npy': floatFile([1, 2], [1, 2]) });
    await expect(readTensorSamples(dir, [image, state])).rejects.toMatchObject({
      kind: 'samples-invalid',
      message: expect.stringMatching(/\(image\.0\.npy: the input h\/0 is missing\)/),
      asks: { valueInputs: [{ name: 'h/0', type: 'int64' }] },
    });
  });

  it('says why nothing is left', async () => {
    await expect(readTensorSamples(folder({}), [image])).rejects.toThrow(
      /\(it holds no \.npy and no \.json file\)/,
    );
    await expect(readTensorSamples(join(root, 'gone'), [image])).rejects.toThrow(/^There is no /);
    await expect(readTensorSamples(folder({ 'a.json': '{' }), [image])).rejects.toThrow(
      /a\.json is not JSON/,
    );
  });
});

describe('parseJsonSamples', () => {
  it('ends in samples or in one sentence', () => {
    const likely = fc.dictionary(
      fc.string(),
      fc.record({ dims: fc.array(fc.nat(3)), data: fc.array(fc.double()) }),
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      likely.map(value => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, json => {
        try {
          for (const sample of parseJsonSamples(json, 'x.json')) {
            for (const { dims, values } of sample.values()) {
              expect(values.length).toBe(dims.reduce((product, size) => product * size, 1));
            }
          }
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
          expect((error as StudioError).message).toMatch(/^x\.json [^\n]+\.$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
