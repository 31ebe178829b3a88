import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { constant, type WeightRef } from './weights';

/** `torch.nn.LayerNorm` over the last axis. */
export function layerNorm(
  graph: GraphBuilder,
  place: string,
  input: Value,
  { weight, bias }: { readonly weight: WeightRef; readonly bias: WeightRef },
  epsilon: number,
): Value {
  const inputs = [
    input,
    graph.initializer(constant(`${place}.weight`, weight)),
    graph.initializer(constant(`${place}.bias`, bias)),
  ];
  return graph.op('LayerNormalization', place, inputs, {
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}
