import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { constant, type WeightRef } from './weights';

/** Over the last axis: divided by the root mean square, times `weight`. */
export function rmsNorm(
  graph: GraphBuilder,
  place: string,
  input: Value,
  weight: WeightRef,
  epsilon: number,
): Value {
  return graph.op(
    'RMSNormalization',
    place,
    [input, graph.initializer(constant(`${place}.weight`, weight))],
    {
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
    },
  );
}
