import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../src/architecture/build';
import { openBundle } from '../../../src/bundle/bundle';
import { Simulation } from '../../../src/engine/simulation';
import type { Graph } from '../../../src/onnx/model';
import type { GraphReport, InspectionEvent } from '../../../src/protocol/quantization';
import { sideBySide } from '../../../src/quantization/graph/instrument';
import { calibratedValues, planQuantizers, uniform } from '../../../src/quantization/graph/placement';
import { segmentsOf } from '../../../src/quantization/graph/segments';
import { unitsOf } from '../../../src/quantization/graph/units';
import { ownersOf } from '../../../src/quantization/graph/variants';
import { wiringOf } from '../../../src/quantization/graph/wiring';
import { type Measurement, measureAccumulated, sizesOf } from '../../../src/quantization/measure/accumulated';
import { calibrate } from '../../../src/quantization/measure/calibrate';
import { small, smallSamples, waves } from './smallGraph';

const perChannel = { granularity: 'channel', symmetric: true } as const;
const settings = { calibrationMethod: 'minmax', htp: 'none' } as const;

function measurement(graph: Graph, samples: Measurement['samples'], schemes: readonly string[]): Measurement {
  return {
    name: graph.name,
    graph,
    samples,
    settings,
    columns: schemes.map(id => ({ id, schemeOf: uniform(id, perChannel) })),
    threads: 1,
    signal: new AbortController().signal,
    onEvent: () => {},
  };
}

/**
 * The same figures the long way: both networks node by node as written, every tensor fetched, sums in fp64.
 * @returns SQNR in dB of each unit
 */
async function fetchedSqnr(
  graph: Graph,
  { calibration, evaluation }: Measurement['samples'],
  scheme: string,
) {
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, sizesOf(evaluation[0] ?? {}));
  const values = calibratedValues(units, wiring);
  const { signal } = new AbortController();
  const statistics = await calibrate({
    wiring,
    values,
    samples: calibration,
    histograms: false,
    threads: 1,
    signal,
  });
  const variant = { plan: planQuantizers(units, wiring, uniform(scheme, perChannel), statistics, settings) };
  const endless = Number.POSITIVE_INFINITY;
  const [segment] = segmentsOf(wiring, values, { weightBytes: endless, nodes: endless });
  if (segment === undefined) throw new Error('the graph has no nodes');
  const both = sideBySide(wiring, segment, ownersOf(wiring, [variant]));
  const names = units.flatMap(({ output }) => [output, both.nameIn(0, output)]);
  const outputs = [...new Set(names)].map(name => ({ name, type: 'float32' as const, dims: undefined }));
  const simulation = await Simulation.open({ ...both.graph, outputs }, { threads: 1, unoptimised: true });
  const sums = units.map(() => ({ signal: 0, noise: 0 }));
  for (const sample of evaluation) {
    const results = await simulation.run(sample);
    for (const [index, { output }] of units.entries()) {
      const x = results[output]?.data as Float32Array;
      const q = results[both.nameIn(0, output)]?.data as Float32Array;
      const sum = sums[index] ?? { signal: 0, noise: 0 };
      x.forEach((value, at) => {
        sum.signal += value ** 2;
        sum.noise += (value - (q[at] ?? Number.NaN)) ** 2;
      });
    }
  }
  await simulation.close();
  return sums.map(({ signal: energy, noise }) => 10 * Math.log10(energy / noise));
}

function column(report: GraphReport, scheme: string): (number | null)[] {
  return report.layers.map(({ results }) => results.find(result => result.scheme === scheme)?.sqnrDb ?? null);
}

describe('measureAccumulated', () => {
  test("agrees with fetching every tensor of Nano's encoder from an unoptimised session", async () => {
    const bundle = await openBundle(join(import.meta.dirname, '../../../models/autoneural-nano'));
    const weights = await bundle.openWeights();
    try {
      const graph = buildGraph('vision_encoder', bundle.config, weights, 'fp32');
      const dims = [1, 3, 128, 128];
      const samples = {
        calibration: [1, 2].map(seed => waves('pixel_values', dims, seed)),
        evaluation: [3, 4].map(seed => waves('pixel_values', dims, seed)),
      };
      const report = await measureAccumulated(measurement(graph, samples, ['w8a16', 'w4a8']));
      for (const scheme of ['w8a16', 'w4a8']) {
        const fetched = await fetchedSqnr(graph, samples, scheme);
        const own = column(report, scheme);
        expect(own.length).toBeGreaterThan(100);
        for (const [index, sqnrDb] of own.entries()) {
          expect
            .soft(Math.abs((sqnrDb ?? Number.NaN) - (fetched[index] ?? 0)), `row ${index} in ${scheme}`)
            .toBeLessThan(0.02);
        }
      }
    } finally {
      weights.close();
    }
  }, 120_000);
});

describe('a measurement', () => {
  test('announces rows before figures, and every column once', async () => {
    const events: InspectionEvent[] = [];
    const asked = {
      ...measurement(small(), smallSamples, ['w8a16', 'w4', 'a8']),
      onEvent: (event: InspectionEvent) => events.push(event),
    };
    const report = await measureAccumulated(asked);
    const kinds = events
      .filter(({ type }) => type !== 'status')
      .map(event => ('scheme' in event ? event.scheme : event.type));
    expect(kinds).toEqual(['units', 'w8a16', 'w4', 'a8']);
    expect(report.layers.map(({ layer, op, outputShape }) => [layer, op, outputShape])).toEqual([
      ['conv', 'Conv', [1, 8, 6, 6]],
      ['score', 'MatMul', [1, 8, 8]],
      ['shares', 'Softmax', [1, 8, 8]],
      ['context', 'MatMul', [1, 8, 36]],
    ]);
    expect(report.output.map(({ scheme }) => scheme)).toEqual(['w8a16', 'w4', 'a8']);
    expect(report.output[0]).toEqual(report.layers[3]?.results[0]);
  });

  test('finds no error where nothing is quantized', async () => {
    const asked = measurement(small(), smallSamples, []);
    const report = await measureAccumulated({ ...asked, columns: [{ id: 'recipe', schemeOf: () => null }] });
    expect(report.layers.map(({ results }) => results[0])).toEqual(
      report.layers.map(() => ({
        scheme: 'recipe',
        sqnrDb: null,
        exact: true,
        rmsPercent: 0,
        cosine: 1,
        maxError: 0,
      })),
    );
  });

  test('quantizes one unit alone when only that has a scheme', async () => {
    const asked = measurement(small(), smallSamples, []);
    const schemeOf = ({ layer }: { layer: string }) =>
      layer === 'shares' ? { scheme: 'a8', weights: perChannel } : null;
    const { layers } = await measureAccumulated({ ...asked, columns: [{ id: 'recipe', schemeOf }] });
    expect(layers.map(({ results }) => results[0]?.exact)).toEqual([true, true, false, false]);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const asked = { ...measurement(small(), smallSamples, ['w8a16']), signal: stop.signal };
    await expect(measureAccumulated({ ...asked, onEvent: () => stop.abort() })).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });

  test('says in a sentence that weights are not finite, and that samples are missing', async () => {
    const graph = small();
    const broken = {
      ...graph,
      initializers: graph.initializers.map(tensor =>
        tensor.name === 'conv.weight'
          ? {
              ...tensor,
              dims: [32, 4],
              data: new Uint8Array(Float32Array.of(...new Array(127).fill(1), Number.NaN).buffer),
            }
          : tensor,
      ),
    };
    await expect(measureAccumulated(measurement(broken, smallSamples, ['w8a16']))).rejects.toThrow(
      /^The weights conv.weight hold NaN at position 127.*; export the model again with finite weights\.$/,
    );
    const none = { ...smallSamples, evaluation: [] };
    await expect(measureAccumulated(measurement(graph, none, ['w8a16']))).rejects.toMatchObject({
      kind: 'usage',
    });
  });
});
