import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import { planEncoder } from './encoderPlan';
import type { MobileNetConfig } from './modelConfig';
import { fuseScales } from './msfa';
import { visionBlock } from './visionBlocks';
import { conv, type FeatureMap, gelu, rmsNorm2d, type VisionContext } from './visionOps';
import type { Weights } from './weights';

/**
 * MobileNetV5 with multi-scale fusion: pixels [1, 3, S, S] in 0..1 to features [1, tokens, channels], the grid row by
 * row. Source: timm `MobileNetV5Encoder`, whose tensor names `weights` carry.
 */
export function mobileNetV5(
  graph: GraphBuilder,
  config: MobileNetConfig,
  weights: Weights,
  pixels: Value,
): Value {
  const context: VisionContext = { graph, padding: config.padding, normEpsilon: config.normEpsilon };
  const plan = planEncoder(config);
  const input: FeatureMap = { value: pixels, channels: 3, height: config.imageSize, width: config.imageSize };
  let x = conv(context, 'vision.stem', input, weights, 'conv_stem.conv', {
    outChannels: plan.stemChannels,
    kernel: 3,
    stride: 2,
    bias: true,
  });
  x = rmsNorm2d(context, 'vision.stemNorm', x, weights, 'conv_stem.bn');
  x = gelu(context, 'vision.stemAct', x);

  const levels = [x];
  for (const [stage, blocks] of plan.stages.entries()) {
    for (const [index, block] of blocks.entries()) {
      const place = `vision.stage${stage}.block${index}`;
      x = visionBlock(context, place, x, weights.below(`blocks.${stage}.${index}`), block);
    }
    levels.push(x);
  }
  return fuseScales(context, config.fusion, levels, weights.below('msfa'));
}
