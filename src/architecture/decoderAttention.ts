import { bytesOf, type GraphBuilder, type Value } from '../onnx/graphBuilder';
import { elementTypes } from '../onnx/model';
import { affine, type LinearWeights } from './linear';
import type { TextConfig } from './modelConfig';
import { rmsNorm } from './rmsNorm';
import { concat, reshape, softmax, transpose } from './tensorOps';
import type { WeightRef } from './weights';

/** Cosines and sines of the rotation angles, each [1, S, headDim / 2]. */
export interface RotaryAngles {
  readonly cos: Value;
  readonly sin: Value;
}

export interface AttentionInputs {
  /** [S, P + S], added to the scores. */
  readonly bias: Value;
  /** The int64 pair [P, S]. */
  readonly rows: Value;
  readonly angles: RotaryAngles;
}

/** Weights of one layer; those of the query make the scores smaller by the root of headDim. */
export interface AttentionWeights {
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
  /** RMS norms of each head, [headDim], before the rotation. */
  readonly headNorms?: { readonly query: WeightRef; readonly key: WeightRef };
}

/** Rotary embedding (arXiv 2104.09864) of halves, computed from the positions: no table bounds the context. */
export function rotaryAngles(graph: GraphBuilder, config: TextConfig, positions: Value): RotaryAngles {
  const half = config.headDim / 2;
  const data = Float32Array.from({ length: half }, (_, index) => config.ropeTheta ** -(index / half));
  const frequencies = graph.initializer({
    name: 'decoder.rotary.frequencies',
    type: 'float32',
    dims: [half],
    data: bytesOf(data),
  });
  const column = graph.op('Unsqueeze', 'decoder.rotary.column', [positions, graph.ints([2])]);
  const position = graph.op('Cast', 'decoder.rotary.position', [column], {
    attributes: { to: { int: elementTypes.float32 } },
  });
  const angle = graph.op('Mul', 'decoder.rotary.angle', [position, frequencies]);
  return {
    cos: graph.op('Cos', 'decoder.rotary.cos', [angle]),
    sin: graph.op('Sin', 'decoder.rotary.sin', [angle]),
  };
}

/** Causal attention with grouped queries: [1, S, d] to [1, S, d], and the new keys and values as outputs. */
export function attention(
  graph: GraphBuilder,
  config: TextConfig,
  layer: number,
  input: Value,
  weights: AttentionWeights,
  shared: AttentionInputs,
): Value {
  const { heads, keyValueHeads, headDim, normEpsilon } = config;
  const place = `decoder.layer${layer}.attn`;
  const project = (part: 'query' | 'key' | 'value', count: number): Value => {
    const flat = affine(graph, `${place}.${part}`, input, weights[part]);
    return reshape(graph, `${place}.${part}Heads`, flat, [1, -1, count, headDim]);
  };
  const rotated = (part: 'query' | 'key', count: number): Value => {
    const value = project(part, count);
    const norm = weights.headNorms?.[part];
    const normed =
      norm === undefined ? value : rmsNorm(graph, `${place}.${part}Norm`, value, norm, normEpsilon);
    const { cos, sin } = shared.angles;
    return graph.op('RotaryEmbedding', `${place}.${part}Rotary`, [
      headsFirst(`${part}Rows`, normed),
      cos,
      sin,
    ]);
  };
  const headsFirst = (part: string, value: Value): Value =>
    transpose(graph, `${place}.${part}`, value, [0, 2, 1, 3]);

  const query = rotated('query', heads);
  const key = rotated('key', keyValueHeads);
  const value = headsFirst('valueRows', project('value', keyValueHeads));
  const newDims = [1, keyValueHeads, 'sequence', headDim];
  graph.output(`present_key_values.${layer}.key`, key, 'float32', newDims);
  graph.output(`present_key_values.${layer}.value`, value, 'float32', newDims);

  const context = segmentedProducts(graph, config, layer, { query, key, value }, shared);
  const flat = reshape(graph, `${place}.contextFlat`, headsFirst('contextRows', context), [
    1,
    -1,
    heads * headDim,
  ]);
  return affine(graph, `${place}.output`, flat, weights.output);
}

/**
 * softmax(query * keys^T + bias) * values, [1, heads, S, headDim]. Keys and values are never repeated: the queries of
 * one group are rows of one product. Past and new rows are scored apart and meet in the softmax, so the past is only
 * read, never copied.
 */
function segmentedProducts(
  graph: GraphBuilder,
  { heads, keyValueHeads, headDim }: TextConfig,
  layer: number,
  { query, key, value }: { query: Value; key: Value; value: Value },
  { bias, rows }: AttentionInputs,
): Value {
  const place = `decoder.layer${layer}.attn`;
  const pastDims = [1, keyValueHeads, 'past', headDim];
  const pastKey = graph.input(`past_key_values.${layer}.key`, 'float32', pastDims);
  const pastValue = graph.input(`past_key_values.${layer}.value`, 'float32', pastDims);

  const queries = reshape(graph, `${place}.queries`, query, [1, keyValueHeads, -1, headDim]);
  const score = (part: string, keys: Value): Value => {
    const columns = transpose(graph, `${place}.${part}Columns`, keys, [0, 1, 3, 2]);
    return graph.op('MatMul', `${place}.${part}Score`, [queries, columns]);
  };
  const scores = concat(graph, `${place}.scores`, [score('past', pastKey), score('new', key)], 3);
  const ofHeads = reshape(graph, `${place}.scoresOfHeads`, scores, [1, heads, -1, 0]);
  const biased = graph.op('Add', `${place}.biased`, [ofHeads, bias]);
  const shares = softmax(graph, `${place}.softmax`, biased);
  const ofGroups = reshape(graph, `${place}.sharesOfGroups`, shares, [1, keyValueHeads, -1, 0]);
  const [ofPast, ofNew] = graph.opMany<[Value, Value]>('Split', `${place}.shares`, [ofGroups, rows], 2, {
    attributes: { axis: { int: 3 } },
  });
  const context = graph.op('Add', `${place}.context`, [
    graph.op('MatMul', `${place}.pastContext`, [ofPast, pastValue]),
    graph.op('MatMul', `${place}.newContext`, [ofNew, value]),
  ]);
  return reshape(graph, `${place}.contextHeads`, context, [1, heads, -1, headDim]);
}
