import { describe, expect, test } from 'vitest';
import { floatsIn, Simulation } from '../../../src/engine/simulation';
import type { Graph } from '../../../src/onnx/model';

/** y = x times a square of ones whose corner is 3. */
function product(size: number): Graph {
  const load = (): Uint8Array => {
    const ones = new Float32Array(size * size).fill(1);
    ones[0] = 3;
    return new Uint8Array(ones.buffer);
  };
  const value = (name: string) => ({ name, type: 'float32' as const, dims: [1, size] });
  return {
    name: 'product',
    inputs: [value('x')],
    outputs: [value('y')],
    nodes: [{ name: '', op: 'MatMul', domain: '', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
    initializers: [
      { name: 'w', type: 'float32', dims: [size, size], data: { byteLength: 4 * size * size, load } },
    ],
    opsets: { '': 17 },
  };
}

describe('Simulation', () => {
  test.each([
    ['in the model', 16],
    ['beside the model in memory', 3000],
  ])('has its weights %s', async (_, size) => {
    const simulation = await Simulation.open(product(size), { threads: 1 });
    const { y } = await simulation.run({
      x: { type: 'float32', dims: [1, size], data: new Float32Array(size).fill(1) },
    });
    await simulation.close();
    const expected = new Float32Array(size).fill(size);
    expected[0] = size + 2;
    expect(floatsIn(y)).toEqual(expected);
  });

  test('throws what loading a weight throws', async () => {
    const graph = product(3000);
    const load = (): Uint8Array => {
      throw new RangeError('no such weight');
    };
    const initializers = graph.initializers.map(tensor => ({
      ...tensor,
      data: { byteLength: tensor.data.byteLength, load },
    }));
    await expect(Simulation.open({ ...graph, initializers }, { threads: 1 })).rejects.toThrow(
      'no such weight',
    );
  });
});
