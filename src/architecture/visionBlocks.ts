import type { EdgeResidualSpec, QueryAttentionSpec } from './blockArgs';
import { type PlannedBlock, roundChannels } from './encoderPlan';
import {
  add,
  type ConvOptions,
  conv,
  type FeatureMap,
  gelu,
  rmsNorm2d,
  type VisionContext,
} from './visionOps';
import type { Weights } from './weights';

/** One block of the encoder; `weights` are those below the block's name (`blocks.<stage>.<index>`). */
export function visionBlock(
  context: VisionContext,
  place: string,
  input: FeatureMap,
  weights: Weights,
  block: PlannedBlock,
): FeatureMap {
  const { spec } = block;
  switch (spec.kind) {
    case 'er':
      return edgeResidual(context, place, input, weights, block, spec);
    case 'uir':
      return invertedResidual(context, place, input, weights, { ...spec, ...block, layerScale: true });
    case 'mqa':
      return queryAttention(context, place, input, weights, block, spec);
  }
}

/** timm `EdgeResidual`. */
function edgeResidual(
  context: VisionContext,
  place: string,
  input: FeatureMap,
  weights: Weights,
  { stride, dilation, outChannels, skip }: PlannedBlock,
  { expansion, kernel, projectionKernel }: EdgeResidualSpec,
): FeatureMap {
  const midChannels = roundChannels(input.channels * expansion);
  const expanded = { outChannels: midChannels, kernel, stride, dilation };
  let x = conv(context, `${place}.expand`, input, weights, 'conv_exp', expanded);
  x = rmsNorm2d(context, `${place}.expandNorm`, x, weights, 'bn1');
  x = gelu(context, `${place}.expandAct`, x);
  const projected = { outChannels, kernel: projectionKernel };
  x = conv(context, `${place}.project`, x, weights, 'conv_pwl', projected);
  x = rmsNorm2d(context, `${place}.projectNorm`, x, weights, 'bn2');
  return skip ? add(context, `${place}.residual`, x, input) : x;
}

export interface InvertedResidualOptions {
  readonly outChannels: number;
  readonly expansion: number;
  /** Depthwise kernels before, between and behind the 1x1 convolutions; 0 = none. */
  readonly startKernel: number;
  readonly midKernel: number;
  readonly endKernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly skip: boolean;
  readonly layerScale: boolean;
}

/** timm `UniversalInvertedResidual`: the stride belongs to the mid kernel, else the start, else the end. */
export function invertedResidual(
  context: VisionContext,
  place: string,
  input: FeatureMap,
  weights: Weights,
  options: InvertedResidualOptions,
): FeatureMap {
  const { outChannels, startKernel, midKernel, endKernel, stride, dilation } = options;
  const gain = options.layerScale ? weights.ref('layer_scale.gamma', [outChannels]) : undefined;
  const depthwise = (
    part: string,
    name: string,
    x: FeatureMap,
    kernel: number,
    ownStride: number,
  ): FeatureMap => {
    const conv2d: ConvOptions = {
      outChannels: x.channels,
      groups: x.channels,
      kernel,
      stride: ownStride,
      dilation,
    };
    return conv(context, `${place}.${part}`, x, weights, `${name}.conv`, conv2d);
  };
  let x = input;
  if (startKernel > 0) {
    x = depthwise('start', 'dw_start', x, startKernel, midKernel > 0 ? 1 : stride);
    x = rmsNorm2d(context, `${place}.startNorm`, x, weights, 'dw_start.bn');
  }
  const midChannels = roundChannels(input.channels * options.expansion);
  x = conv(context, `${place}.expand`, x, weights, 'pw_exp.conv', { outChannels: midChannels });
  x = rmsNorm2d(context, `${place}.expandNorm`, x, weights, 'pw_exp.bn');
  x = gelu(context, `${place}.expandAct`, x);
  if (midKernel > 0) {
    x = depthwise('mid', 'dw_mid', x, midKernel, stride);
    x = rmsNorm2d(context, `${place}.midNorm`, x, weights, 'dw_mid.bn');
    x = gelu(context, `${place}.midAct`, x);
  }
  // Layer scale follows a norm without activation, so it is a factor on that norm's weight.
  x = conv(context, `${place}.project`, x, weights, 'pw_proj.conv', { outChannels });
  x = rmsNorm2d(context, `${place}.projectNorm`, x, weights, 'pw_proj.bn', endKernel > 0 ? undefined : gain);
  if (endKernel > 0) {
    x = depthwise('end', 'dw_end', x, endKernel, startKernel > 0 || midKernel > 0 ? 1 : stride);
    x = rmsNorm2d(context, `${place}.endNorm`, x, weights, 'dw_end.bn', gain);
  }
  return options.skip ? add(context, `${place}.residual`, x, input) : x;
}

/** timm `MobileAttention` with `MultiQueryAttention2d`: one key and value head for all queries, no positions. */
function queryAttention(
  context: VisionContext,
  place: string,
  input: FeatureMap,
  weights: Weights,
  { outChannels, dilation, skip }: PlannedBlock,
  { heads, headDim, keyStride, kernel }: QueryAttentionSpec,
): FeatureMap {
  const { graph } = context;
  const attn = weights.below('attn');
  const normed = rmsNorm2d(context, `${place}.norm`, input, weights, 'norm');
  const pixels = input.height * input.width;

  // The 1/sqrt(d) of the scores is a factor on the query's weights.
  const query = conv(context, `${place}.attn.query`, normed, attn, 'query.proj', {
    outChannels: heads * headDim,
    scale: headDim ** -0.5,
  });
  const side = (name: 'key' | 'value'): FeatureMap => {
    let x = normed;
    if (keyStride > 1) {
      x = conv(context, `${place}.attn.${name}Down`, x, attn, `${name}.down_conv`, {
        outChannels: x.channels,
        groups: x.channels,
        kernel,
        stride: keyStride,
        dilation,
      });
      x = rmsNorm2d(context, `${place}.attn.${name}Norm`, x, attn, `${name}.norm`);
    }
    return conv(context, `${place}.attn.${name}`, x, attn, `${name}.proj`, { outChannels: headDim });
  };
  const key = side('key');
  const value = side('value');
  const keyPixels = key.height * key.width;

  // [heads, d, n] queries as [heads * n, d] rows against one [d, m] key: a single large product.
  const shaped = graph.op('Reshape', `${place}.attn.queryHeads`, [
    query.value,
    graph.ints([1, heads, headDim, pixels]),
  ]);
  const rows = graph.op('Transpose', `${place}.attn.queryRows`, [shaped], {
    attributes: { perm: { ints: [0, 1, 3, 2] } },
  });
  const queries = graph.op('Reshape', `${place}.attn.queries`, [
    rows,
    graph.ints([1, heads * pixels, headDim]),
  ]);
  const keys = graph.op('Reshape', `${place}.attn.keys`, [key.value, graph.ints([1, headDim, keyPixels])]);
  const columns = graph.op('Reshape', `${place}.attn.valueColumns`, [
    value.value,
    graph.ints([1, headDim, keyPixels]),
  ]);
  const values = graph.op('Transpose', `${place}.attn.values`, [columns], {
    attributes: { perm: { ints: [0, 2, 1] } },
  });
  const scores = graph.op('MatMul', `${place}.attn.score`, [queries, keys]);
  const weighted = graph.op('Softmax', `${place}.attn.softmax`, [scores], {
    attributes: { axis: { int: -1 } },
  });
  const mixed = graph.op('MatMul', `${place}.attn.context`, [weighted, values]);
  const perHead = graph.op('Reshape', `${place}.attn.contextHeads`, [
    mixed,
    graph.ints([1, heads, pixels, headDim]),
  ]);
  const back = graph.op('Transpose', `${place}.attn.contextColumns`, [perHead], {
    attributes: { perm: { ints: [0, 1, 3, 2] } },
  });
  const map = graph.op('Reshape', `${place}.attn.contextMap`, [
    back,
    graph.ints([1, heads * headDim, input.height, input.width]),
  ]);
  const context2d = { value: map, channels: heads * headDim, height: input.height, width: input.width };
  const x = conv(context, `${place}.attn.output`, context2d, attn, 'output.proj', {
    outChannels,
    gain: weights.ref('layer_scale.gamma', [outChannels]),
  });
  return skip ? add(context, `${place}.residual`, x, input) : x;
}
