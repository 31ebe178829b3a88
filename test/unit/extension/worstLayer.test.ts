import { expect, it } from 'vitest';
import type { QuantizationPanel } from '../../../src/extension/quantization/panel';
import { showWorstLayer, worstLayer } from '../../../src/extension/quantization/worstLayer';
import { defaultQuantizationSettings, type QuantizationReport } from '../../../src/protocol/quantization';

/** Layers with their SQNR in each scheme. */
function report(layers: Record<string, Record<string, number | null>>): QuantizationReport {
  const layersOf = Object.entries(layers).map(([layer, figures]) => ({
    layer,
    op: 'Conv',
    parameters: 0,
    outputShape: null,
    results: Object.entries(figures).map(([scheme, sqnrDb]) => ({
      scheme,
      sqnrDb,
      exact: sqnrDb === null,
      rmsPercent: 1,
      cosine: 1,
      maxError: 0,
    })),
  }));
  return {
    model: { name: 'nano', sha256: '' },
    settings: defaultQuantizationSettings,
    calibration: {
      source: 'random',
      method: 'minmax',
      calibrationSamples: 1,
      evaluationSamples: 1,
      skipped: [],
    },
    graphs: [{ name: 'graph', layers: layersOf, output: [], unmeasured: [] }],
    partial: false,
  };
}

it('the worst layer is that of the scheme each part has in w8a16-w4a16', () => {
  const figures = {
    'vision.stem': { w8a16: 30, w4a16: 3 },
    'decoder.layer1': { w8a16: 9, w4a16: 28 },
    'decoder.layer2': { w8a16: 50, w4a16: 20 },
    'connector.act': { w8a16: null, w4a16: null },
  };
  expect(worstLayer(report(figures))).toBe('decoder.layer2');
  expect(worstLayer(report({ ...figures, 'vision.stem': { w8a16: 19, w4a16: 3 } }))).toBe('vision.stem');
});

it('it is that of the file where that was measured, and of the first column where there is no better one', () => {
  expect(
    worstLayer(report({ a: { 'as quantized': 20, w8a16: 1 }, b: { 'as quantized': 10, w8a16: 2 } })),
  ).toBe('b');
  expect(worstLayer(report({ a: { w4a8: 20, recipe: 1 }, b: { w4a8: 10, recipe: 2 } }))).toBe('b');
  expect(worstLayer(report({ a: { w8a16: null } }))).toBeUndefined();
});

it('a panel that still measures is pointed at it when that has ended, once', () => {
  const pointed: string[] = [];
  const listeners = new Set<(change: { type: string }) => void>();
  const model = { run: { state: 'idle' }, report: null as QuantizationReport | null };
  const subscribe = (listener: (change: { type: string }) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const pointAt = (layer: string) => void pointed.push(layer);
  showWorstLayer({ session: { model, subscribe }, pointAt } as unknown as QuantizationPanel);
  const change = (state: string) => {
    model.run.state = state;
    for (const listener of listeners) listener({ type: 'state' });
  };
  change('running');
  model.report = report({ a: { w8a16: 20 } });
  change('done');
  change('done');
  expect(pointed).toEqual(['a']);
  showWorstLayer({ session: { model, subscribe }, pointAt } as unknown as QuantizationPanel);
  expect(pointed).toEqual(['a', 'a']);
});
