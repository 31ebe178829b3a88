import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import type { TextConfig } from './config';
import { linear } from './linear';
import { constant, type Weights } from './weights';

/**
 * `Lfm2ShortConv`: [B, C, x] = in_proj(h); out_proj(C * conv(B * x)), the convolution causal, depthwise and without
 * activation. Its last inputs but one tap's worth are the state `past_conv.N` / `present_conv.N` [1, d, taps - 1].
 */
export function shortConv(
  graph: GraphBuilder,
  config: TextConfig,
  layer: number,
  input: Value,
  weights: Weights,
): Value {
  const { hiddenSize: d, convTaps: taps, convBias: bias } = config;
  const place = `decoder.layer${layer}.conv`;
  const stateDims = [1, d, taps - 1];
  const past = graph.input(`past_conv.${layer}`, 'float32', stateDims);
  const projected = linear(graph, `${place}.input`, input, weights, 'in_proj', {
    inputs: d,
    outputs: 3 * d,
    bias,
  });
  const perChannel = transpose(graph, `${place}.inputColumns`, projected);
  const [b, c, x] = graph.opMany<[Value, Value, Value]>(
    'Split',
    `${place}.split`,
    [perChannel, graph.ints([d, d, d])],
    3,
    { attributes: { axis: { int: 1 } } },
  );
  const gated = graph.op('Mul', `${place}.gate`, [b, x]);
  const whole = graph.op('Concat', `${place}.window`, [past, gated], { attributes: { axis: { int: 2 } } });
  const present = graph.op('Slice', `${place}.state`, [
    whole,
    graph.ints([1 - taps]),
    graph.ints([Number.MAX_SAFE_INTEGER]),
    graph.ints([2]),
  ]);
  graph.output(`present_conv.${layer}`, present, 'float32', stateDims);

  const inputs = [
    whole,
    graph.initializer(constant(`${place}.taps.weight`, weights.ref('conv.weight', [d, 1, taps]))),
  ];
  if (bias) inputs.push(graph.initializer(constant(`${place}.taps.bias`, weights.ref('conv.bias', [d]))));
  const mixed = graph.op('Conv', `${place}.taps`, inputs, {
    attributes: { kernel_shape: { ints: [taps] }, group: { int: d } },
  });
  const y = transpose(graph, `${place}.outputRows`, graph.op('Mul', `${place}.outputGate`, [c, mixed]));
  return linear(graph, `${place}.output`, y, weights, 'out_proj', { inputs: d, outputs: d, bias });
}

function transpose(graph: GraphBuilder, place: string, value: Value): Value {
  return graph.op('Transpose', place, [value], { attributes: { perm: { ints: [0, 2, 1] } } });
}
