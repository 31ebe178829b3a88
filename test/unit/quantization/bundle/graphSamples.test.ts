import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { graphSamples } from '../../../../src/quantization/bundle/graphSamples';
import type { InputSpec } from '../../../../src/quantization/samples/feeds';
import { put, scratchFolder } from '../../engine/pictures';

const request = {
  shapes: {},
  values: {},
  pixels: 'unit' as const,
  calibrationPath: undefined,
  limits: { calibration: 3, evaluation: 2, decodeSteps: 0 },
  onEvent: () => {},
  signal: new AbortController().signal,
};
const picture = (dims: (number | string)[]): InputSpec[] => [{ name: 'x', type: 'float32', dims }];

/** Pictures 4 wide and 2 high, red 10, green 20, blue 30, one of them broken. */
async function folderOfPictures(count: number): Promise<string> {
  const folder = scratchFolder();
  const background = { r: 10, g: 20, b: 30 };
  const bytes = await sharp({ create: { width: 4, height: 2, channels: 3, background } })
    .png()
    .toBuffer();
  for (let index = 0; index < count; index++) put(folder, `p${index}.png`, bytes);
  put(folder, 'a-broken.png', bytes.subarray(0, 60));
  return folder;
}

test.each([
  ['unit', [1, 3, 2, 2], [10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30].map(byte => byte / 255)],
  ['byte', [1, 2, 2, 3], [10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30]],
  ['signed', [1, 3, 1, 1], [10, 20, 30].map(byte => byte / 127.5 - 1)],
  [
    'imagenet',
    [1, 1, 1, 3],
    [(10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (30 / 255 - 0.406) / 0.225],
  ],
  ['byte', [1, 1, 2, 1], [18.15, 18.15]],
] as const)('a picture as %s for an input of %j', async (pixels, dims, expected) => {
  const calibrationPath = await folderOfPictures(5);
  const { sets, info, notes } = await graphSamples(picture([...dims]), {
    ...request,
    pixels,
    calibrationPath,
  });
  // Six names, every fourth is measured; the broken one is the first.
  expect([sets.calibration.length, sets.evaluation.length]).toEqual([2, 1]);
  expect(info).toEqual({
    source: 'pictures',
    skipped: [{ name: 'a-broken.png', reason: expect.any(String) }],
  });
  expect(notes).toHaveLength(1);
  const { x } = sets.evaluation[0] ?? {};
  expect(x?.dims).toEqual(dims);
  for (const [index, value] of expected.entries()) expect(Number(x?.data[index])).toBeCloseTo(value, 5);
});

test('a folder beside pictures does not make them tensors', async () => {
  const calibrationPath = await folderOfPictures(5);
  mkdirSync(path.join(calibrationPath, '.vscode'));
  const { info } = await graphSamples(picture([1, 3, 2, 2]), { ...request, calibrationPath });
  expect(info.source).toBe('pictures');
  writeFileSync(path.join(calibrationPath, 'x.json'), '{}');
  await expect(graphSamples(picture([1, 3, 2, 2]), { ...request, calibrationPath })).rejects.toThrow(
    /^No sample could be read from .*x\.json/,
  );
});

test('a set that lost its only picture gets one of the other', async () => {
  const calibrationPath = await folderOfPictures(3);
  put(calibrationPath, 'p2.png', 'no picture');
  const inputs = picture([1, 3, 2, 2]);
  const { sets, info } = await graphSamples(inputs, { ...request, calibrationPath });
  expect([sets.calibration.length, sets.evaluation.length]).toEqual([1, 1]);
  expect(info.skipped.map(({ name }) => name)).toEqual(['a-broken.png', 'p2.png']);
});

test('what pictures do not fit, and folders without enough, are refused in a sentence', async () => {
  const calibrationPath = await folderOfPictures(5);
  const samples = (inputs: InputSpec[], more: object = {}) =>
    graphSamples(inputs, { ...request, calibrationPath, ...more });
  await expect(samples(picture([1, 3, 'h', 'w']))).rejects.toThrow(/^The size h of the input x is open: /);
  await expect(samples(picture([2, 3, 8, 8]))).rejects.toThrow(/not those of one picture/);
  await expect(samples(picture([1, 4, 8, 8]))).rejects.toThrow(/not those of one picture/);
  await expect(samples(picture([1, 64]))).rejects.toThrow(
    /^Pictures fit a model with one fp32 input of four/,
  );
  await expect(
    samples(picture([1, 3, 8, 8]), { calibrationPath: await folderOfPictures(1) }),
  ).rejects.toThrow(/^Too few pictures to calibrate: /);
  const empty = scratchFolder();
  await expect(samples(picture([1, 3, 8, 8]), { calibrationPath: empty })).rejects.toThrow(
    /holds no picture and no tensor: choose /,
  );
  await expect(samples(picture([1, 3, 8, 8]), { shapes: { y: [1] } })).rejects.toThrow(
    'The model has no input y: its inputs are x.',
  );
});

test('an input with a value has it in every sample, random or given, and a sample may say otherwise', async () => {
  const inputs: InputSpec[] = [
    { name: 'x', type: 'float32', dims: [1, 'n'] },
    { name: 'rate', type: 'int64', dims: [] },
  ];
  const random = await graphSamples(inputs, { ...request, shapes: { x: [1, 2] }, values: { rate: 16000 } });
  const samples = [...random.sets.calibration, ...random.sets.evaluation];
  expect(samples).toHaveLength(18);
  for (const { rate } of samples)
    expect(rate).toEqual({ type: 'int64', dims: [], data: BigInt64Array.of(16000n) });
  const file = path.join(scratchFolder(), 'samples.json');
  const x = { dims: [1, 2], data: [1, 2] };
  writeFileSync(file, JSON.stringify([{ x }, { x, rate: { dims: [], data: [8000] } }]));
  const given = await graphSamples(inputs, { ...request, calibrationPath: file, values: { rate: 16000 } });
  expect(given.sets.calibration[0]?.['rate']?.data).toEqual(BigInt64Array.of(16000n));
  expect(given.sets.evaluation[0]?.['rate']?.data).toEqual(BigInt64Array.of(8000n));
  const half = { ...request, shapes: { x: [1, 2] }, values: { rate: 0.5 } };
  await expect(graphSamples(inputs, half)).rejects.toThrow(
    /^The input rate has the type int64, which cannot hold 0.5: /,
  );
});

test('pictures for a graph with further inputs need a number for each of them', async () => {
  const calibrationPath = await folderOfPictures(5);
  const inputs: InputSpec[] = [...picture([1, 3, 2, 2]), { name: 'threshold', type: 'float32', dims: [1] }];
  await expect(graphSamples(inputs, { ...request, calibrationPath })).rejects.toMatchObject({
    message:
      'Pictures say nothing of threshold: give a number for each such input, or .npy or .json tensors for all.',
    asks: { valueInputs: [{ name: 'threshold', type: 'float32' }] },
  });
  const { sets } = await graphSamples(inputs, { ...request, calibrationPath, values: { threshold: 0.25 } });
  expect(sets.evaluation[0]?.['threshold']?.data).toEqual(Float32Array.of(0.25));
  expect(sets.evaluation[0]?.['x']?.dims).toEqual([1, 3, 2, 2]);
});
