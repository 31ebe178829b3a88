import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import type { SchemeId } from '../../../src/protocol/quantization';
import { sideBySide } from '../../../src/quantization/graph/instrument';
import { calibratedValues, planQuantizers, type SchemeOf } from '../../../src/quantization/graph/placement';
import { segmentsOf } from '../../../src/quantization/graph/segments';
import { unitsOf } from '../../../src/quantization/graph/units';
import { ownersOf } from '../../../src/quantization/graph/variants';
import { wiringOf } from '../../../src/quantization/graph/wiring';
import { type Column, measureAccumulated } from '../../../src/quantization/measure/accumulated';
import { small, smallSamples } from './smallGraph';

const settings = { calibrationMethod: 'minmax', htp: 'none' } as const;
const endless = Number.POSITIVE_INFINITY;

/** Every layer in one scheme, but for those that are named. */
function schemes(most: SchemeId, others: Readonly<Record<string, SchemeId>> = {}): SchemeOf {
  return ({ layer }) => ({
    scheme: others[layer] ?? most,
    weights: { granularity: 'channel', symmetric: true },
  });
}

/** Two convolutions, the second behind the quantizer of the first. */
function twoLayers(): Graph {
  const graph = new GraphBuilder('two', { '': 21 });
  const weight = (name: string) =>
    graph.initializer({
      name,
      type: 'float32',
      dims: [4, 4, 1, 1],
      data: new Uint8Array(Float32Array.from({ length: 16 }, (_, index) => Math.sin(index)).buffer),
    });
  const x = graph.input('x', 'float32', [1, 4, 6, 6]);
  const first = graph.op('Relu', 'first.relu', [graph.op('Conv', 'first', [x, weight('first.weight')])]);
  graph.output('y', graph.op('Conv', 'second', [first, weight('second.weight')]), 'float32', [1, 4, 6, 6]);
  return graph.build();
}

function network(graph: Graph, columns: readonly SchemeOf[]) {
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, { x: [1, 4, 6, 6] });
  const seen = calibratedValues(units, wiring).map(
    value => [value, { min: -1, max: 1, histogram: null }] as const,
  );
  const variants = columns.map(schemeOf => ({
    plan: planQuantizers(units, wiring, schemeOf, new Map(seen), settings),
  }));
  const [segment] = segmentsOf(wiring, ['y'], { weightBytes: endless, nodes: endless });
  if (segment === undefined) throw new Error('the graph has no nodes');
  const owners = ownersOf(wiring, variants);
  return { owners, graph: sideBySide(wiring, segment, owners).graph };
}

describe('variants side by side', () => {
  test('compute in common what is quantized alike', () => {
    const { graph, owners } = network(twoLayers(), [
      schemes('w8a16'),
      schemes('w8a8'),
      schemes('w8a16', { second: 'w4a16' }),
      schemes('w8a16'),
    ]);
    const convolutions = graph.nodes.filter(({ op }) => op === 'Conv').map(({ name }) => name);
    // Before its own quantizer the first layer is the same at 16 and at 8 bits.
    const expected = ['first', 'quantized0/first', 'second', 'quantized0/second', 'quantized1/second'];
    expect(convolutions).toEqual([...expected, 'quantized2/second']);
    expect([0, 1, 2, 3].map(variant => owners.of(variant, 'y'))).toEqual([0, 1, 2, 0]);
  });

  test('share weights where they differ in activations alone', () => {
    const { graph } = network(twoLayers(), [schemes('w8a16'), schemes('w8a8'), schemes('w4a16')]);
    const weights = graph.initializers.map(({ name }) => name).filter(name => name.endsWith('second.weight'));
    expect(weights).toEqual(['second.weight', 'quantized0/second.weight', 'quantized2/second.weight']);
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes('quantized0/second.weight'));
    expect(readers.map(({ name }) => name)).toEqual(['quantized0/second', 'quantized1/second']);
  });

  test('have the figures that each of them has alone', async () => {
    const columns: Column[] = [
      { id: 'w8a16', schemeOf: schemes('w8a16') },
      { id: 'w8a8', schemeOf: schemes('w8a8') },
      { id: 'w4a16', schemeOf: schemes('w8a16', { shares: 'w8a8' }) },
      { id: 'recipe', schemeOf: schemes('w8a16', { conv: 'w4a16' }) },
    ];
    const measured = (some: readonly Column[]) =>
      measureAccumulated({
        name: 'small',
        graph: small(),
        samples: smallSamples,
        settings,
        columns: some,
        threads: 1,
        signal: new AbortController().signal,
        onEvent: () => {},
      });
    const together = await measured(columns);
    for (const column of columns) {
      const alone = await measured([column]);
      const of = ({ layers, output }: typeof alone) => ({
        layers: layers.map(({ results }) => results.find(({ scheme }) => scheme === column.id)),
        output: output.find(({ scheme }) => scheme === column.id),
      });
      expect(of(together)).toEqual(of(alone));
    }
  });
});
