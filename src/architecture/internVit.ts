import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { selfAttention } from './internVitAttention';
import { layerNorm } from './layerNorm';
import { affine, changed, linear, linearWeights } from './linear';
import type { InternVitConfig } from './modelConfig';
import { positionsFor } from './positionEmbeddings';
import { rmsNorm } from './rmsNorm';
import { concat, reshape, transpose } from './tensorOps';
import { constant, scaledRows, type Weights } from './weights';

/**
 * InternViT and the pixel shuffle behind it: pixels [1, 3, S, S] to features [1, tokens, merge^2 * d], the grid row by
 * row. Source: OpenGVLab `InternVisionModel` and `InternVLChatModel.extract_feature`, whose tensor names `weights`
 * carry.
 */
export function internVit(
  graph: GraphBuilder,
  config: InternVitConfig,
  weights: Weights,
  pixels: Value,
): Value {
  const rows = Math.floor(config.imageSize / config.patchSize);
  let x = embeddings(graph, config, weights.below('embeddings'), pixels, rows);
  for (let layer = 0; layer < config.layers; layer++) {
    x = block(graph, config, `vision.layer${layer}`, x, weights.below(`encoder.layers.${layer}`));
  }
  const [first, end] = [graph.ints([1]), graph.ints([rows ** 2 + 1])];
  const patches = graph.op('Slice', 'vision.withoutClass', [x, first, end, graph.ints([1])]);
  return pixelShuffle(graph, config, patches, rows);
}

/** `InternVisionEmbeddings`: a class token and the patches, with positions; [1, rows^2 + 1, d]. */
function embeddings(
  graph: GraphBuilder,
  { patchSize, hiddenSize, positionGrid }: InternVitConfig,
  weights: Weights,
  pixels: Value,
  rows: number,
): Value {
  const kernel = weights.ref('patch_embedding.weight', [hiddenSize, 3, patchSize, patchSize]);
  const bias = weights.ref('patch_embedding.bias', [hiddenSize]);
  const map = graph.op(
    'Conv',
    'vision.patch',
    [
      pixels,
      graph.initializer(constant('vision.patch.weight', kernel)),
      graph.initializer(constant('vision.patch.bias', bias)),
    ],
    {
      attributes: {
        kernel_shape: { ints: [patchSize, patchSize] },
        strides: { ints: [patchSize, patchSize] },
      },
    },
  );
  const columns = reshape(graph, 'vision.patchColumns', map, [1, hiddenSize, rows ** 2]);
  const patches = transpose(graph, 'vision.patchRows', columns, [0, 2, 1]);
  const classToken = weights.ref('class_embedding', [1, 1, hiddenSize]);
  const first = graph.initializer(constant('vision.class', classToken));
  const tokens = concat(graph, 'vision.tokens', [first, patches], 1);
  const stored = weights.ref('position_embedding', [1, positionGrid ** 2 + 1, hiddenSize]);
  const positions = constant('vision.positions', positionsFor(stored, positionGrid, rows));
  return graph.op('Add', 'vision.positioned', [tokens, graph.initializer(positions)]);
}

/** `InternVisionEncoderLayer`; the layer scales are factors on the weights of the linear layers before them. */
function block(
  graph: GraphBuilder,
  config: InternVitConfig,
  place: string,
  input: Value,
  weights: Weights,
): Value {
  const { hiddenSize, feedForwardSize } = config;
  let x = norm(graph, config, `${place}.attnNorm`, input, weights.below('norm1'));
  x = selfAttention(
    graph,
    config,
    `${place}.attn`,
    x,
    weights.below('attn'),
    weights.ref('ls1', [hiddenSize]),
  );
  const attended = graph.op('Add', `${place}.attnResidual`, [input, x]);

  x = norm(graph, config, `${place}.feedForwardNorm`, attended, weights.below('norm2'));
  const up = { inputs: hiddenSize, outputs: feedForwardSize, bias: true };
  x = linear(graph, `${place}.feedForward.up`, x, weights, 'mlp.fc1', up);
  x = graph.op('Gelu', `${place}.feedForward.act`, [x]);
  const down = { inputs: feedForwardSize, outputs: hiddenSize, bias: true };
  const gain = weights.ref('ls2', [hiddenSize]);
  const gained = changed(linearWeights(weights, 'mlp.fc2', down), ref => scaledRows(ref, gain));
  x = affine(graph, `${place}.feedForward.down`, x, gained);
  return graph.op('Add', `${place}.feedForwardResidual`, [attended, x]);
}

/** Over the last axis. */
function norm(
  graph: GraphBuilder,
  { hiddenSize, norm: kind, normEpsilon }: InternVitConfig,
  place: string,
  input: Value,
  weights: Weights,
): Value {
  const weight = weights.ref('weight', [hiddenSize]);
  if (kind === 'rms') return rmsNorm(graph, place, input, weight, normEpsilon);
  return layerNorm(graph, place, input, { weight, bias: weights.ref('bias', [hiddenSize]) }, normEpsilon);
}

/**
 * [1, rows^2, d] to [1, (rows / merge)^2, merge^2 * d]: of each square of patches one token, its values row by row.
 * The second version of the reference's layout, the first of which transposed the picture.
 */
function pixelShuffle(
  graph: GraphBuilder,
  { merge, hiddenSize }: InternVitConfig,
  patches: Value,
  rows: number,
): Value {
  const side = rows / merge;
  const squares = reshape(graph, 'vision.squares', patches, [side, merge, side, merge * hiddenSize]);
  const gathered = transpose(graph, 'vision.gathered', squares, [0, 2, 1, 3]);
  return reshape(graph, 'vision.merged', gathered, [1, side ** 2, merge ** 2 * hiddenSize]);
}
