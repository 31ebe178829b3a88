import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { constant, transposed, type WeightRef, type Weights } from './weights';

/** Weights of a `torch.nn.Linear`. */
export interface LinearWeights {
  /** [outputs, inputs] */
  readonly weight: WeightRef;
  /** [outputs] */
  readonly bias?: WeightRef | undefined;
}

export interface LinearSizes {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: boolean;
}

/** The tensors `${path}.weight` and, with a bias, `${path}.bias`. */
export function linearWeights(
  weights: Weights,
  path: string,
  { inputs, outputs, bias = false }: LinearSizes,
): LinearWeights {
  const weight = weights.ref(`${path}.weight`, [outputs, inputs]);
  return { weight, bias: bias ? weights.ref(`${path}.bias`, [outputs]) : undefined };
}

/** Both tensors with the same change to their rows. */
export function changed(
  { weight, bias }: LinearWeights,
  change: (ref: WeightRef) => WeightRef,
): LinearWeights {
  return { weight: change(weight), bias: bias === undefined ? undefined : change(bias) };
}

/** `torch.nn.Linear` over the last axis, named `place`. */
export function affine(
  graph: GraphBuilder,
  place: string,
  input: Value,
  { weight, bias }: LinearWeights,
): Value {
  const matrix = graph.initializer(constant(`${place}.weight`, transposed(weight)));
  const product = graph.op('MatMul', place, [input, matrix]);
  if (bias === undefined) return product;
  return graph.op('Add', `${place}.shift`, [product, graph.initializer(constant(`${place}.bias`, bias))]);
}

/** {@link affine} with the weights that {@link linearWeights} finds. */
export function linear(
  graph: GraphBuilder,
  place: string,
  input: Value,
  weights: Weights,
  path: string,
  sizes: LinearSizes,
): Value {
  return affine(graph, place, input, linearWeights(weights, path, sizes));
}
