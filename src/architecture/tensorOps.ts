import type { GraphBuilder, Value } from '../onnx/graphBuilder';

/** `dims` as ONNX's Reshape reads them: -1 = what is left, 0 = as before. */
export function reshape(graph: GraphBuilder, place: string, value: Value, dims: readonly number[]): Value {
  return graph.op('Reshape', place, [value, graph.ints(dims)]);
}

export function transpose(graph: GraphBuilder, place: string, value: Value, perm: readonly number[]): Value {
  return graph.op('Transpose', place, [value], { attributes: { perm: { ints: perm } } });
}

export function concat(graph: GraphBuilder, place: string, values: readonly Value[], axis: number): Value {
  return graph.op('Concat', place, values, { attributes: { axis: { int: axis } } });
}

/** Over the last axis. */
export function softmax(graph: GraphBuilder, place: string, value: Value): Value {
  return graph.op('Softmax', place, [value], { attributes: { axis: { int: -1 } } });
}
