import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import type { Feeds } from '../../../src/quantization/samples/feeds';

/** One sample that is no two times the same. */
export function waves(name: string, dims: readonly number[], seed: number): Feeds {
  const count = dims.reduce((product, size) => product * size, 1);
  const data = Float32Array.from(
    { length: count },
    (_, index) => Math.sin(seed + index * 0.37) * Math.cos(index),
  );
  return { [name]: { type: 'float32', dims, data } };
}

/** Conv with bias and Relu, a norm, a product of activations and a softmax. */
export function small(): Graph {
  const graph = new GraphBuilder('small', { '': 21 });
  const x = graph.input('x', 'float32', [1, 4, 6, 6]);
  const numbers = (count: number, seed: number) =>
    graph.floats(Array.from({ length: count }, (_, index) => Math.sin(seed + index)));
  const shaped = (place: string, dims: number[], seed: number) => {
    const count = dims.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, (_, index) => Math.sin(seed + index * 1.7));
    return graph.initializer({ name: place, type: 'float32', dims, data: new Uint8Array(data.buffer) });
  };
  const conv = graph.op('Conv', 'conv', [x, shaped('conv.weight', [8, 4, 1, 1], 1), numbers(8, 2)]);
  const relu = graph.op('Relu', 'relu', [conv]);
  const rows = graph.op('Reshape', 'rows', [relu, graph.ints([1, 8, 36])]);
  const keys = graph.op('Transpose', 'keys', [rows], { attributes: { perm: { ints: [0, 2, 1] } } });
  const score = graph.op('MatMul', 'score', [rows, keys]);
  const shares = graph.op('Softmax', 'shares', [score], { attributes: { axis: { int: -1 } } });
  graph.output('y', graph.op('MatMul', 'context', [shares, rows]), 'float32', [1, 8, 36]);
  return graph.build();
}

export const smallSamples = {
  calibration: [waves('x', [1, 4, 6, 6], 1), waves('x', [1, 4, 6, 6], 2)],
  evaluation: [waves('x', [1, 4, 6, 6], 3)],
};
