import type { Value } from '../onnx/graphBuilder';
import type { QueryAttentionSpec } from './blockArgs';
import type { PlannedBlock } from './encoderPlan';
import { reshape, softmax, transpose } from './tensorOps';
import { add, conv, type FeatureMap, rmsNorm2d, type VisionContext } from './visionOps';
import type { Weights } from './weights';

/** timm `MobileAttention` with `MultiQueryAttention2d`: one key and value head for all queries, no positions. */
export function queryAttention(
  context: VisionContext,
  place: string,
  input: FeatureMap,
  weights: Weights,
  { outChannels, dilation, skip }: PlannedBlock,
  { heads, headDim, keyStride, kernel }: QueryAttentionSpec,
): FeatureMap {
  const attn = weights.below('attn');
  const normed = rmsNorm2d(context, `${place}.norm`, input, weights, 'norm');
  const side = (name: 'key' | 'value'): FeatureMap => {
    let x = normed;
    if (keyStride > 1) {
      const sizes = { outChannels: x.channels, groups: x.channels, kernel, stride: keyStride, dilation };
      x = conv(context, `${place}.attn.${name}Down`, x, attn, `${name}.down_conv`, sizes);
      x = rmsNorm2d(context, `${place}.attn.${name}Norm`, x, attn, `${name}.norm`);
    }
    return conv(context, `${place}.attn.${name}`, x, attn, `${name}.proj`, { outChannels: headDim });
  };
  // The 1/sqrt(d) of the scores is a factor on the query's weights.
  const query = conv(context, `${place}.attn.query`, normed, attn, 'query.proj', {
    outChannels: heads * headDim,
    scale: headDim ** -0.5,
  });
  const mixed = products(context, `${place}.attn`, query, side('key'), side('value'));
  const x = conv(context, `${place}.attn.output`, { ...query, value: mixed }, attn, 'output.proj', {
    outChannels,
    gain: weights.ref('layer_scale.gamma', [outChannels]),
  });
  return skip ? add(context, `${place}.residual`, x, input) : x;
}

/**
 * softmax(queries * keys^T) * values as a map like `query`. The pixels of all query heads are rows against the one key
 * head: a single large product.
 */
function products(
  { graph }: VisionContext,
  place: string,
  query: FeatureMap,
  key: FeatureMap,
  value: FeatureMap,
): Value {
  const pixels = query.height * query.width;
  const keyPixels = key.height * key.width;
  const headDim = key.channels;
  const heads = query.channels / headDim;
  const ofHeads = reshape(graph, `${place}.queryHeads`, query.value, [1, heads, headDim, pixels]);
  const rows = transpose(graph, `${place}.queryRows`, ofHeads, [0, 1, 3, 2]);
  const queries = reshape(graph, `${place}.queries`, rows, [1, heads * pixels, headDim]);
  const keys = reshape(graph, `${place}.keys`, key.value, [1, headDim, keyPixels]);
  const columns = reshape(graph, `${place}.valueColumns`, value.value, [1, headDim, keyPixels]);
  const values = transpose(graph, `${place}.values`, columns, [0, 2, 1]);

  const scores = graph.op('MatMul', `${place}.score`, [queries, keys]);
  const context = graph.op('MatMul', `${place}.context`, [
    softmax(graph, `${place}.softmax`, scores),
    values,
  ]);

  const perHead = reshape(graph, `${place}.contextHeads`, context, [1, heads, pixels, headDim]);
  const back = transpose(graph, `${place}.contextColumns`, perHead, [0, 1, 3, 2]);
  return reshape(graph, `${place}.contextMap`, back, [1, query.channels, query.height, query.width]);
}
