import { describe, expect, test } from 'vitest';
import { Simulation } from '../../../src/engine/simulation';
import type { Graph } from '../../../src/onnx/model';
import { uniform } from '../../../src/quantization/graph/placement';
import { measureAccumulated } from '../../../src/quantization/measure/accumulated';
import { measureUnit } from '../../../src/quantization/measure/unitDetail';
import { encodingOfRange, fakeQuantize } from '../../../src/quantization/numerics/affine';
import { quantizeWeights } from '../../../src/quantization/numerics/weightQuantizer';
import { small, smallSamples } from './smallGraph';

const perChannel = { granularity: 'channel', symmetric: true } as const;

function measured(layer: string, scheme: string, graph: Graph = small()) {
  const column = { id: scheme, schemeOf: uniform(scheme, perChannel) };
  return measureUnit({ ...common(graph), column, layer });
}

function common(graph: Graph) {
  return {
    name: 'small',
    graph,
    samples: smallSamples,
    settings: { calibrationMethod: 'minmax', htp: 'none' } as const,
    threads: 1,
    signal: new AbortController().signal,
  };
}

/** A value of the float network, for every sample. */
async function floatValues(name: string, graph: Graph = small()): Promise<Float32Array[]> {
  const outputs = [{ name, type: 'float32' as const, dims: undefined }];
  const simulation = await Simulation.open({ ...graph, outputs }, { threads: 1, unoptimised: true });
  const values: Float32Array[] = [];
  for (const sample of [...smallSamples.calibration, ...smallSamples.evaluation]) {
    values.push((await simulation.run(sample))[name]?.data as Float32Array);
  }
  await simulation.close();
  return values;
}

function sqnrDb(x: Float32Array, q: Float32Array): number {
  let [signal, noise] = [0, 0];
  x.forEach((value, index) => {
    signal += value ** 2;
    noise += (value - (q[index] ?? Number.NaN)) ** 2;
  });
  return 10 * Math.log10(signal / noise);
}

/** rows [8, 36] times their transpose. */
function gram(rows: Float32Array): Float32Array {
  const product = new Float32Array(64);
  for (let a = 0; a < 8; a++) {
    for (let b = 0; b < 8; b++) {
      let sum = 0;
      for (let k = 0; k < 36; k++) sum += (rows[a * 36 + k] ?? 0) * (rows[b * 36 + k] ?? 0);
      product[a * 8 + b] = sum;
    }
  }
  return product;
}

describe('measureUnit', () => {
  test('quantizes the inputs of a product and nothing else for its local error', async () => {
    const [first, second, evaluation] = await floatValues('relu');
    const seen = [...(first ?? []), ...(second ?? [])];
    const encoding = encodingOfRange(Math.min(...seen), Math.max(...seen), 8, {
      symmetric: false,
      signed: false,
    });
    const x = evaluation ?? new Float32Array();
    const expected = sqnrDb(gram(x), gram(fakeQuantize(x, encoding)));
    const detail = await measured('score', 'w8a8');
    expect(detail.local.sqnrDb).toBeCloseTo(expected, 2);
    expect(detail.activationOnly).toEqual(detail.local);
    expect(detail.weightOnly).toBeNull();
  });

  test('quantizes the weights alone, and leaves inputs of the graph float', async () => {
    const graph = small();
    const weight = graph.initializers.find(({ name }) => name === 'conv.weight');
    if (!(weight?.data instanceof Uint8Array)) throw new Error('the graph has no such weight');
    const values = new Float32Array(weight.data.slice().buffer);
    const { dequantized } = quantizeWeights(values, [8, 4, 1, 1], 0, { ...perChannel, bits: 4 });
    const data = new Uint8Array(dequantized.buffer);
    const initializers = graph.initializers.map(tensor => (tensor === weight ? { ...tensor, data } : tensor));
    const expected = sqnrDb(
      (await floatValues('relu'))[2] ?? new Float32Array(),
      (await floatValues('relu', { ...graph, initializers }))[2] ?? new Float32Array(),
    );
    const detail = await measured('conv', 'w4a8');
    expect(detail.weightOnly?.sqnrDb).toBeCloseTo(expected, 3);
    expect(detail.local).toEqual(detail.weightOnly);
    expect(detail.activationOnly).toMatchObject({ sqnrDb: null, exact: true });
  });

  test('has the accumulated error of the whole measurement', async () => {
    const column = { id: 'w8a8', schemeOf: uniform('w8a8', perChannel) };
    const report = await measureAccumulated({ ...common(small()), columns: [column], onEvent: () => {} });
    const { accumulated } = await measured('context', 'w8a8');
    const { scheme, ...figure } = report.layers[3]?.results[0] ?? { scheme: '' };
    expect(scheme).toBe('w8a8');
    expect(accumulated.sqnrDb).toBeCloseTo((figure as typeof accumulated).sqnrDb ?? 0, 6);
  });

  test('says what was seen, what was chosen, and how the values lie', async () => {
    const [first, second, evaluation] = await floatValues('relu');
    const seen = Math.max(...(first ?? []), ...(second ?? []));
    const { range, histogram } = await measured('conv', 'a8');
    expect(range).toMatchObject({ min: 0, chosenMin: 0 });
    expect(range.max).toBeCloseTo(seen, 5);
    expect(range.chosenMax).toBeCloseTo(seen, 5);
    expect(range.step).toBeCloseTo(seen / 255, 6);
    const above = evaluation?.filter(value => value > range.chosenMax).length ?? 0;
    expect(range.clippedShare).toBe(above / 288);
    for (const counts of [histogram.float, histogram.quantized])
      expect(counts.reduce((a, b) => a + b)).toBe(288);
    const zeros = evaluation?.filter(value => value === 0).length ?? 0;
    expect(histogram.float[0]).toBeGreaterThanOrEqual(zeros);
  });

  test('finds the channel that stands out', async () => {
    const graph = small();
    const initializers = graph.initializers.map(tensor => {
      if (tensor.name !== 'conv.weight') return tensor;
      const values = new Float32Array((tensor.data as Uint8Array).buffer.slice(0));
      for (let index = 20; index < 24; index++) values[index] = 100 * (values[index] ?? 0);
      return { ...tensor, data: new Uint8Array(values.buffer) };
    });
    const { outliers } = await measured('conv', 'w8a16', { ...graph, initializers });
    expect(outliers[0]?.channel).toBe(5);
    expect(outliers[0]?.timesMedian).toBeGreaterThan(20);
  });

  test('knows its layers', async () => {
    await expect(measured('nowhere', 'w8a16')).rejects.toMatchObject({ kind: 'usage' });
  });
});
