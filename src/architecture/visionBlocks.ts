import type { EdgeResidualSpec } from './blockArgs';
import { type PlannedBlock, roundChannels } from './encoderPlan';
import { queryAttention } from './visionAttention';
import { add, conv, type FeatureMap, gelu, rmsNorm2d, type VisionContext } from './visionOps';
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
  const depthwise = (part: string, path: string, x: FeatureMap, kernel: number, own: number): FeatureMap => {
    const sizes = { outChannels: x.channels, groups: x.channels, kernel, stride: own, dilation };
    return conv(context, `${place}.${part}`, x, weights, `${path}.conv`, sizes);
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
