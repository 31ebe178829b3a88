import { bytesOf, type GraphBuilder, type Value } from '../onnx/graphBuilder';
import { elementTypes } from '../onnx/model';
import type { TextConfig } from './config';
import { rmsNorm } from './lfm2Norm';
import { linear } from './linear';
import type { Weights } from './weights';

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

/** `Lfm2RotaryEmbedding`, computed from the positions: no table bounds the context. */
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

/**
 * `Lfm2Attention`: grouped queries, per-head norms before the rotation. Keys and values are never repeated: the
 * queries of one group are rows of one product. Past and new keys are scored apart and meet in the softmax, so the
 * past is only read.
 */
export function attention(
  graph: GraphBuilder,
  config: TextConfig,
  layer: number,
  input: Value,
  weights: Weights,
  { bias, rows, angles }: AttentionInputs,
): Value {
  const { hiddenSize, heads, keyValueHeads, headDim, normEpsilon } = config;
  const place = `decoder.layer${layer}.attn`;
  const name = `past_key_values.${layer}`;
  const pastDims = [1, keyValueHeads, 'past', headDim];
  const pastKey = graph.input(`${name}.key`, 'float32', pastDims);
  const pastValue = graph.input(`${name}.value`, 'float32', pastDims);

  const project = (part: string, path: string, count: number): Value => {
    const flat = linear(graph, `${place}.${part}`, input, weights, path, {
      inputs: hiddenSize,
      outputs: count * headDim,
    });
    return graph.op('Reshape', `${place}.${part}Heads`, [flat, graph.ints([1, -1, count, headDim])]);
  };
  const headsFirst = (part: string, value: Value): Value =>
    graph.op('Transpose', `${place}.${part}Rows`, [value], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
  const rotated = (part: string, path: string, count: number, gain: number): Value => {
    const value = project(part, `${path}_proj`, count);
    const normed = rmsNorm(
      graph,
      `${place}.${part}Norm`,
      value,
      weights,
      `${path}_layernorm`,
      headDim,
      normEpsilon,
      gain,
    );
    return graph.op('RotaryEmbedding', `${place}.${part}Rotary`, [
      headsFirst(part, normed),
      angles.cos,
      angles.sin,
    ]);
  };

  // The rotation is linear, so the scores' 1/sqrt(d) may already stand in the weight of the query's norm.
  const query = rotated('query', 'q', heads, headDim ** -0.5);
  const key = rotated('key', 'k', keyValueHeads, 1);
  const value = headsFirst('value', project('value', 'v_proj', keyValueHeads));
  graph.output(`present_key_values.${layer}.key`, key, 'float32', [1, keyValueHeads, 'sequence', headDim]);
  graph.output(`present_key_values.${layer}.value`, value, 'float32', [
    1,
    keyValueHeads,
    'sequence',
    headDim,
  ]);

  const grouped = graph.ints([1, keyValueHeads, -1, headDim]);
  const queries = graph.op('Reshape', `${place}.queries`, [query, grouped]);
  const score = (part: string, keys: Value): Value => {
    const columns = graph.op('Transpose', `${place}.${part}Columns`, [keys], {
      attributes: { perm: { ints: [0, 1, 3, 2] } },
    });
    return graph.op('MatMul', `${place}.${part}Score`, [queries, columns]);
  };
  const scores = graph.op('Concat', `${place}.scores`, [score('past', pastKey), score('new', key)], {
    attributes: { axis: { int: 3 } },
  });
  const perHead = graph.op('Reshape', `${place}.scoresOfHeads`, [scores, graph.ints([1, heads, -1, 0])]);
  const biased = graph.op('Add', `${place}.biased`, [perHead, bias]);
  const softmax = graph.op('Softmax', `${place}.softmax`, [biased], { attributes: { axis: { int: -1 } } });
  const perGroup = graph.op('Reshape', `${place}.weightsOfGroups`, [
    softmax,
    graph.ints([1, keyValueHeads, -1, 0]),
  ]);
  const [ofPast, ofNew] = graph.opMany<[Value, Value]>('Split', `${place}.weights`, [perGroup, rows], 2, {
    attributes: { axis: { int: 3 } },
  });
  const context = graph.op('Add', `${place}.context`, [
    graph.op('MatMul', `${place}.pastContext`, [ofPast, pastValue]),
    graph.op('MatMul', `${place}.newContext`, [ofNew, value]),
  ]);
  const contextOfHeads = graph.op('Reshape', `${place}.contextHeads`, [
    context,
    graph.ints([1, heads, -1, headDim]),
  ]);
  const contextRows = headsFirst('context', contextOfHeads);
  const flat = graph.op('Reshape', `${place}.contextFlat`, [
    contextRows,
    graph.ints([1, -1, heads * headDim]),
  ]);
  return linear(graph, `${place}.output`, flat, weights, 'out_proj', {
    inputs: heads * headDim,
    outputs: hiddenSize,
  });
}
