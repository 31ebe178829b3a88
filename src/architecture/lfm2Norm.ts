import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { constant, scaled, type Weights } from './weights';

export interface NormOptions {
  /** Name of the norm in the weights. */
  readonly path: string;
  readonly size: number;
  readonly epsilon: number;
  /** A factor on the weight. */
  readonly gain?: number;
}

/** `Lfm2RMSNorm` over the last axis. */
export function rmsNorm(
  graph: GraphBuilder,
  place: string,
  input: Value,
  weights: Weights,
  { path, size, epsilon, gain = 1 }: NormOptions,
): Value {
  const ref = weights.ref(`${path}.weight`, [size]);
  const weight = graph.initializer(constant(`${place}.weight`, gain === 1 ? ref : scaled(ref, gain)));
  return graph.op('RMSNormalization', place, [input, weight], {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}
