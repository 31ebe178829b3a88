import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { constant, transposed, type Weights } from './weights';

/**
 * `torch.nn.Linear` over the last axis, named `place`; its weights are `${path}.weight` of shape [outputs, inputs] and,
 * with a bias, `${path}.bias`.
 */
export function linear(
  graph: GraphBuilder,
  place: string,
  input: Value,
  weights: Weights,
  path: string,
  { inputs, outputs, bias = false }: { inputs: number; outputs: number; bias?: boolean },
): Value {
  const matrix = transposed(weights.ref(`${path}.weight`, [outputs, inputs]));
  const product = graph.op('MatMul', place, [input, graph.initializer(constant(`${place}.weight`, matrix))]);
  if (!bias) return product;
  const shift = constant(`${place}.bias`, weights.ref(`${path}.bias`, [outputs]));
  return graph.op('Add', `${place}.shift`, [product, graph.initializer(shift)]);
}
