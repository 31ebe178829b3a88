import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { linear } from './linear';
import type { Weights } from './weights';

/**
 * The connector: features [1, tokens, inputs] to decoder embeddings [1, tokens, outputs] through two linear layers
 * around a GELU, without normalization, which the paper (arXiv 2512.02924) found to quantize badly.
 */
export function connector(
  graph: GraphBuilder,
  weights: Weights,
  features: Value,
  sizes: { inputs: number; hidden: number; outputs: number; bias: boolean },
): Value {
  const { inputs, hidden, outputs, bias } = sizes;
  let x = linear(graph, 'connector.linear1', features, weights, 'linear_1', {
    inputs,
    outputs: hidden,
    bias,
  });
  x = graph.op('Gelu', 'connector.act', [x], { attributes: { approximate: { string: 'tanh' } } });
  return linear(graph, 'connector.linear2', x, weights, 'linear_2', { inputs: hidden, outputs, bias });
}
