import type { BlockSpec } from './blockArgs';
import type { MobileNetConfig } from './modelConfig';

/** A block with everything the stages before it decide. */
export interface PlannedBlock {
  readonly spec: BlockSpec;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly dilation: number;
  readonly skip: boolean;
}

export interface EncoderPlan {
  readonly stemChannels: number;
  readonly stages: readonly (readonly PlannedBlock[])[];
}

/** Beyond this total stride timm dilates instead of striding. */
const maxStride = 32;

/**
 * Channels, strides and dilations of every block.
 * Source: timm `EfficientNetBuilder.__call__` and `MobileNetV5Encoder.__init__`.
 */
export function planEncoder(config: MobileNetConfig): EncoderPlan {
  const { channelMultiplier } = config;
  // timm keeps the stem's width when the model is made narrower.
  const stemChannels =
    channelMultiplier < 1 ? config.stemSize : roundChannels(config.stemSize * channelMultiplier);
  let inChannels = stemChannels;
  let totalStride = 2;
  let dilation = 1;
  const stages = config.stages.map(blocks =>
    blocks.map((spec, index): PlannedBlock => {
      const outChannels = roundChannels(spec.outChannels * channelMultiplier);
      // Only the first block of a stage may stride.
      let stride = index === 0 ? spec.stride : 1;
      const ownDilation = dilation;
      if (totalStride * stride > maxStride) {
        dilation *= stride;
        stride = 1;
      }
      totalStride *= stride;
      const skip = inChannels === outChannels && stride === 1 && !spec.noSkip;
      const block = { spec, inChannels, outChannels, stride, dilation: ownDilation, skip };
      inChannels = outChannels;
      return block;
    }),
  );
  return { stemChannels, stages };
}

/** timm `make_divisible`: the nearest multiple of 8 that is not more than a tenth below. */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor(Math.trunc(channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
