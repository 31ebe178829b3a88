import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { linear } from './linear';
import type { TextConfig } from './modelConfig';
import { concat, transpose } from './tensorOps';
import { column, constant, type Weights } from './weights';

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
  const wide = { inputs: d, outputs: 3 * d, bias };
  const projected = linear(graph, `${place}.input`, input, weights, 'in_proj', wide);
  const [b, c, x] = graph.opMany<[Value, Value, Value]>('Split', `${place}.split`, [projected], 3, {
    attributes: { axis: { int: 2 }, num_outputs: { int: 3 } },
  });
  const gated = graph.op('Mul', `${place}.gate`, [b, x]);
  const pastRows = transpose(graph, `${place}.past`, past, [0, 2, 1]);
  const window = concat(graph, `${place}.window`, [pastRows, gated], 1);
  const stateRows = rows(graph, `${place}.stateRows`, window, 1 - taps, Number.MAX_SAFE_INTEGER);
  const state = transpose(graph, `${place}.state`, stateRows, [0, 2, 1]);
  graph.output(`present_conv.${layer}`, state, 'float32', stateDims);

  const mixed = mixTaps(graph, config, place, window, weights);
  const y = graph.op('Mul', `${place}.outputGate`, [c, mixed]);
  return linear(graph, `${place}.output`, y, weights, 'out_proj', { inputs: d, outputs: d, bias });
}

/**
 * The depthwise convolution as a sum of shifted rows, `window` being [1, taps - 1 + S, d]: with few taps and channels
 * last this is faster than the Conv operator, above all for a single new row.
 */
function mixTaps(
  graph: GraphBuilder,
  config: TextConfig,
  place: string,
  window: Value,
  weights: Weights,
): Value {
  const { hiddenSize: d, convTaps: taps, convBias } = config;
  const kernel = weights.ref('conv.weight', [d, 1, taps]);
  let sum: Value | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const end = tap === taps - 1 ? Number.MAX_SAFE_INTEGER : tap + 1 - taps;
    const shifted = rows(graph, `${place}.shift${tap}`, window, tap, end);
    const weight = graph.initializer(constant(`${place}.tap${tap}.weight`, column(kernel, tap)));
    const product = graph.op('Mul', `${place}.tap${tap}`, [shifted, weight]);
    sum = sum === undefined ? product : graph.op('Add', `${place}.sum${tap}`, [sum, product]);
  }
  if (sum === undefined) throw new Error(`${place} has no taps`);
  if (!convBias) return sum;
  const bias = graph.initializer(constant(`${place}.taps.bias`, weights.ref('conv.bias', [d])));
  return graph.op('Add', `${place}.shifted`, [sum, bias]);
}

/** Rows `start` to `end` of the second axis, counted as ONNX's Slice does. */
function rows(graph: GraphBuilder, place: string, value: Value, start: number, end: number): Value {
  return graph.op('Slice', place, [value, graph.ints([start]), graph.ints([end]), graph.ints([1])]);
}
