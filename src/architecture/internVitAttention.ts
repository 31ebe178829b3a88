import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { affine, changed, linearWeights } from './linear';
import type { InternVitConfig } from './modelConfig';
import { rmsNorm } from './rmsNorm';
import { reshape, softmax, transpose } from './tensorOps';
import { rowsOf, scaled, scaledRows, type WeightRef, type Weights } from './weights';

type Part = 'query' | 'key' | 'value';

/**
 * `InternAttention`: every token sees every token; [1, N, d] to [1, N, d], times `gain` by channel. The rows of one
 * matrix are those of queries, keys and values, taken apart here so that each is a layer of its own.
 */
export function selfAttention(
  graph: GraphBuilder,
  config: InternVitConfig,
  place: string,
  input: Value,
  weights: Weights,
  gain: WeightRef,
): Value {
  const { hiddenSize: d, heads, qkvBias: bias, queryKeyNorm, normEpsilon } = config;
  const headDim = d / heads;
  const packed = linearWeights(weights, 'qkv', { inputs: d, outputs: 3 * d, bias });
  const project = (part: Part, index: number, scale = 1): Value => {
    const own = changed(packed, ref => scaled(rowsOf(ref, [[index * d, (index + 1) * d]]), scale));
    return affine(graph, `${place}.${part}`, input, own);
  };
  const normed = (part: Part, value: Value, path: string, scale = 1): Value =>
    rmsNorm(
      graph,
      `${place}.${part}Norm`,
      value,
      scaled(weights.ref(`${path}.weight`, [d]), scale),
      normEpsilon,
    );

  // The 1/sqrt(d) of the scores is a factor on what comes last before them: the query's norm or its weights.
  const scale = headDim ** -0.5;
  let query = project('query', 0, queryKeyNorm ? 1 : scale);
  let key = project('key', 1);
  const value = project('value', 2);
  if (queryKeyNorm) {
    query = normed('query', query, 'q_norm', scale);
    key = normed('key', key, 'k_norm');
  }
  const context = products(graph, place, { query, key, value }, heads, headDim);
  const output = changed(linearWeights(weights, 'proj', { inputs: d, outputs: d, bias: true }), ref =>
    scaledRows(ref, gain),
  );
  return affine(graph, `${place}.output`, context, output);
}

/** softmax(queries * keys^T) * values per head; all [1, N, heads * headDim]. */
function products(
  graph: GraphBuilder,
  place: string,
  values: Readonly<Record<Part, Value>>,
  heads: number,
  headDim: number,
): Value {
  const perHead = (part: Part, perm: readonly number[]): Value => {
    const split = reshape(graph, `${place}.${part}Split`, values[part], [1, -1, heads, headDim]);
    return transpose(graph, `${place}.${part}Heads`, split, perm);
  };
  const scores = graph.op('MatMul', `${place}.score`, [
    perHead('query', [0, 2, 1, 3]),
    perHead('key', [0, 2, 3, 1]),
  ]);
  const shares = softmax(graph, `${place}.softmax`, scores);
  const context = graph.op('MatMul', `${place}.context`, [shares, perHead('value', [0, 2, 1, 3])]);
  const rows = transpose(graph, `${place}.contextRows`, context, [0, 2, 1, 3]);
  return reshape(graph, `${place}.contextFlat`, rows, [1, -1, heads * headDim]);
}
