import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { layerNorm } from './layerNorm';
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

/** `nn.LayerNorm` has it by default, and the config of InternVL has no field for it. */
const layerNormEpsilon = 1e-5;

/**
 * The baseline's connector, `InternVLChatModel.mlp1`: features [1, tokens, inputs] normalized, then through two linear
 * layers around a GELU to decoder embeddings [1, tokens, outputs].
 */
export function normedConnector(
  graph: GraphBuilder,
  weights: Weights,
  features: Value,
  { inputs, outputs }: { inputs: number; outputs: number },
): Value {
  const norm = { weight: weights.ref('0.weight', [inputs]), bias: weights.ref('0.bias', [inputs]) };
  let x = layerNorm(graph, 'connector.norm', features, norm, layerNormEpsilon);
  x = linear(graph, 'connector.linear1', x, weights, '1', { inputs, outputs, bias: true });
  x = graph.op('Gelu', 'connector.act', [x]);
  return linear(graph, 'connector.linear2', x, weights, '3', { inputs: outputs, outputs, bias: true });
}
