import { describe, expect, it } from 'vitest';
import { layerErrorsOf } from '../../../src/extension/profiling/layerErrors';
import { defaultQuantizationSettings, type QuantizationReport } from '../../../src/protocol/quantization';

const figure = (scheme: string, sqnrDb: number) => ({
  scheme,
  sqnrDb,
  exact: false,
  rmsPercent: 1,
  cosine: 1,
  maxError: 1,
});

const layer = (name: string, schemes: readonly string[]) => ({
  layer: name,
  op: 'MatMul',
  parameters: 1,
  outputShape: null,
  results: schemes.map((scheme, place) => figure(scheme, 40 - place)),
});

/** A report of two graphs with a layer each. */
function report(schemes: readonly string[]): QuantizationReport {
  return {
    model: { name: 'nano', sha256: 'a' },
    settings: { ...defaultQuantizationSettings, schemes: [...schemes] },
    calibration: {
      source: 'shipped',
      method: 'minmax',
      calibrationSamples: 1,
      evaluationSamples: 1,
      skipped: [],
    },
    graphs: ['vision_encoder', 'decoder.decode'].map(name => ({
      name,
      layers: [layer(`${name}.one`, schemes)],
      output: [],
      unmeasured: [],
    })),
    partial: false,
  };
}

const schemesOf = (errors: ReturnType<typeof layerErrorsOf>) => errors?.graphs.map(({ scheme }) => scheme);

describe('quantization errors beside operators', () => {
  const whole = report(['w8a16', 'w8a8', 'w4a16', 'w4a8']);

  it('are of the scheme that the precision gives each graph', () => {
    expect(schemesOf(layerErrorsOf(whole, 'w8a16-w4a16', 'a'))).toEqual(['w8a16', 'w4a16']);
    expect(schemesOf(layerErrorsOf(whole, 'fp32', 'a'))).toEqual(['w8a16', 'w8a16']);
    expect(layerErrorsOf(whole, 'cpu-q4', 'a')?.graphs[1]?.layers).toEqual([
      { layer: 'decoder.decode.one', sqnrDb: 38, exact: false },
    ]);
  });

  it('are of the first scheme where that one was not measured', () => {
    expect(schemesOf(layerErrorsOf(report(['w4a8']), 'w8a16-w4a16', 'a'))).toEqual(['w4a8', 'w4a8']);
  });

  it('are of no other model, and not there before anything was measured', () => {
    expect(layerErrorsOf(whole, 'fp32', 'b')).toBeNull();
    expect(layerErrorsOf(whole, 'fp32', null)).toBeNull();
    expect(layerErrorsOf(whole, 'fp32', undefined)).not.toBeNull();
    expect(layerErrorsOf(null, 'fp32', 'a')).toBeNull();
    expect(layerErrorsOf(report([]), 'fp32', 'a')).toBeNull();
  });
});
