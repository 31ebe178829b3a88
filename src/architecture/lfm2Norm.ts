import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { constant, scaled, type Weights } from './weights';

/** `Lfm2RMSNorm` over the last axis of `size`; `gain` is multiplied into its weight. */
export function rmsNorm(
  graph: GraphBuilder,
  place: string,
  input: Value,
  weights: Weights,
  path: string,
  size: number,
  epsilon: number,
  gain = 1,
): Value {
  const ref = weights.ref(`${path}.weight`, [size]);
  const weight = graph.initializer(constant(`${place}.weight`, gain === 1 ? ref : scaled(ref, gain)));
  return graph.op('RMSNormalization', place, [input, weight], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}
