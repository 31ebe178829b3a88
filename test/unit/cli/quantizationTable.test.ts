import { expect, test } from 'vitest';
import { headline, layersBelow, quantizationTable } from '../../../src/cli/quantizationTable';
import { defaultQuantizationSettings, type QuantizationReport } from '../../../src/protocol/quantization';

const figure = (scheme: string, sqnrDb: number | null, exact = false) => {
  return { scheme, sqnrDb, exact, rmsPercent: null, cosine: null, maxError: null };
};
const layer = (name: string, ...results: ReturnType<typeof figure>[]) => {
  return { layer: name, op: 'Conv', parameters: 1, outputShape: null, results };
};
const report: QuantizationReport = {
  model: { name: 'mine', sha256: '0' },
  settings: { ...defaultQuantizationSettings, schemes: ['w8a16', 'w8a8'] },
  calibration: {
    source: 'pictures',
    method: 'minmax',
    calibrationSamples: 8,
    evaluationSamples: 2,
    skipped: [{ name: 'a.png', reason: 'it is broken.' }],
  },
  graphs: [
    {
      name: 'encoder',
      layers: [
        layer('vision.stage0.a', figure('w8a16', 45.25), figure('w8a8', null, true)),
        layer('vision.stage0.b', figure('w8a16', 29.9), figure('w8a8', 12)),
        layer('vision.stage1.c', figure('w8a16', 40), figure('w8a8', 31)),
      ],
      output: [figure('w8a16', 41.04), figure('w8a8', 33)],
      unmeasured: [
        { layer: 'loop', reason: 'It is a loop.' },
        ...[1, 2, 3, 4, 5].map(n => ({ layer: `steps${n}`, reason: 'It counts.' })),
      ],
      notes: ['The gate is open.'],
    },
  ],
  partial: false,
};

test('a report is one sentence a graph and a table that marks the weak layers', () => {
  const text = quantizationTable(report, { limitDb: 30, allLayers: false });
  expect(text).toContain('encoder: 41.0 dB at W8A16; 1 layer below 30 dB, worst vision.stage0.b (29.9 dB).');
  expect(text).toContain('1 sample skipped: a.png: it is broken.');
  expect(text).toMatch(/vision\.stage0 \(2\) +29\.9 ! +12\.0 !/);
  expect(text).toMatch(/ {2}vision\.stage0\.b +29\.9 !! +12\.0 !!/);
  expect(text).not.toContain('vision.stage1.c');
  expect(text).toMatch(/others \(1\) +40\.0/);
  expect(text).toContain('\nThe gate is open.\n');
  expect(text).toContain('  steps1, steps2, steps3 and 2 more: It counts.\n');
  expect(text).toContain('loop: It is a loop.');
  const all = quantizationTable(report, { limitDb: 30, allLayers: true });
  expect(all).toMatch(/vision\.stage0\.a +45\.3 +exact/);
});

test('a model that is quantized already is told what its float model is good for', () => {
  const options = { limitDb: 30, allLayers: false };
  expect(quantizationTable({ ...report, quantizedAlready: true }, options)).toContain('--float FILE.');
  expect(quantizationTable(report, options)).not.toContain('--float');
});

test('random inputs get no headline, and a limit names who falls below', () => {
  const random = { ...report, calibration: { ...report.calibration, source: 'random' as const } };
  const text = quantizationTable(random, { limitDb: 30, allLayers: false });
  expect(text).toContain('The inputs are random');
  expect(text).not.toContain(' dB at ');
  expect(layersBelow(report, 30)).toEqual(['encoder vision.stage0.b']);
  expect(headline({ name: 'g', layers: [], output: [], unmeasured: [] }, 30)).toBe(
    'g: nothing was measured.',
  );
});
