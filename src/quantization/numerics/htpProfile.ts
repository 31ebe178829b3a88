import type { HtpProfile, QuantizationSettings } from '../../protocol/quantization';
import type { Scheme } from './scheme';

/** How a unit multiplies: by constant kernels, by a constant matrix, two activations, or not at all. */
export type UnitKind = 'convolution' | 'linear' | 'product' | 'other';

export type WeightGrouping = QuantizationSettings['weights'];

/** What the Hexagon tensor processor of one architecture can hold. */
interface HtpLimits {
  /**
   * Bits of a second operand that is an activation (K of QK^T, V of PV), next to a 16-bit first one.
   * v68 cannot multiply two uint16 activations; the QNN provider converts one to 8 bits (microsoft/onnxruntime#18469).
   * Later ones can, where the second is symmetric (onnxruntime/onnxruntime-qnn#300).
   */
  readonly secondOperandBits: 8 | 16;
  /**
   * Weights of 16 bits with activations of 16 bits. Of Conv2d: "16bit Activation and 16bit Weight require minimum arch
   * V73" (Qualcomm's HtpOpDefSupplement as quoted in microsoft/onnxruntime#21848). Of FullyConnected and MatMul: only
   * symmetric (microsoft/onnxruntime#24846); pairs of 16 bits are not among those the QNN provider names for v68.
   */
  readonly weights16: boolean;
  /**
   * Weights in blocks run on symmetric 4- or 8-bit weights between 16-bit activations, through fp16
   * (onnxruntime/onnxruntime-qnn#476, #584, #604, QAIRT 2.47) or as 4-bit blocks (#625). v68 has no fp16 to run them.
   */
  readonly blocks: boolean;
}

export const htpLimits: Readonly<Record<Exclude<HtpProfile, 'none'>, HtpLimits>> = {
  v68: { secondOperandBits: 8, weights16: false, blocks: false },
  v73: { secondOperandBits: 16, weights16: true, blocks: true },
  v75: { secondOperandBits: 16, weights16: true, blocks: true },
};

/** Blocks must hold a multiple of these many weights, by their bits (onnxruntime/onnxruntime-qnn#584). */
const blockMultiple = { 4: 8, 8: 4 } as const;

/** How a unit is really quantized once the processor has had its say. */
export interface Constrained {
  readonly scheme: Scheme;
  readonly weights: WeightGrouping;
  /** Of the second operand of a product; null where it is like every other activation. */
  readonly secondOperand: { readonly bits: 8 | 16; readonly symmetric: boolean } | null;
  /** What differs from the scheme that was asked for and why, one sentence each; empty where nothing does. */
  readonly reasons: readonly string[];
}

/**
 * The nearest thing to `scheme` that a unit of this kind may have under a profile. Sides that the scheme leaves in
 * floating point stay so: weight-only and activation-only schemes are for study, no processor runs them.
 */
export function constrain(
  kind: UnitKind,
  scheme: Scheme,
  weights: WeightGrouping,
  profile: HtpProfile,
): Constrained {
  if (profile === 'none') return { scheme, weights, secondOperand: null, reasons: [] };
  const limits = htpLimits[profile];
  if (kind === 'product') return constrainProduct(scheme, weights, limits, profile);
  if (kind === 'other') return { scheme, weights, secondOperand: null, reasons: [] };
  const reasons: string[] = [];
  let { weightBits } = scheme;
  let grouping = weights;
  if (weightBits === 16 && !limits.weights16) {
    weightBits = 8;
    reasons.push(`16-bit weights need HTP v73; on ${profile} they are 8 bits.`);
  } else if (weightBits === 16 && !weights.symmetric) {
    grouping = { ...grouping, symmetric: true };
    reasons.push('The HTP takes 16-bit weights only symmetric.');
  }
  const constrained = { ...scheme, weightBits };
  const obstacle = blockObstacle(constrained, grouping, limits, profile);
  if (obstacle !== null) {
    grouping = { granularity: 'channel', symmetric: grouping.symmetric };
    reasons.push(`${obstacle}; the weights have one scale per channel.`);
  }
  return { scheme: constrained, weights: grouping, secondOperand: null, reasons };
}

function constrainProduct(
  scheme: Scheme,
  weights: WeightGrouping,
  { secondOperandBits }: HtpLimits,
  profile: HtpProfile,
): Constrained {
  if (scheme.activationBits !== 16) return { scheme, weights, secondOperand: null, reasons: [] };
  const secondOperand = { bits: secondOperandBits, symmetric: secondOperandBits === 16 };
  const reason =
    secondOperandBits === 8
      ? `HTP ${profile} cannot multiply two 16-bit activations; the second operand is 8 bits.`
      : 'The HTP takes a 16-bit second operand only symmetric.';
  return { scheme, weights, secondOperand, reasons: [reason] };
}

/** Why blocks are not possible; null where they are, or are not asked for. */
function blockObstacle(
  { weightBits, activationBits }: Scheme,
  { granularity, blockSize, symmetric }: WeightGrouping,
  { blocks }: HtpLimits,
  profile: HtpProfile,
): string | null {
  if (granularity !== 'block' || weightBits === null) return null;
  if (!blocks) return `HTP ${profile} has no weights in blocks`;
  if (!symmetric) return 'The HTP has weights in blocks only symmetric';
  if (activationBits === 8) return 'The HTP has weights in blocks only beside 16-bit activations';
  if (weightBits === 16) return 'The HTP has no 16-bit weights in blocks';
  const multiple = blockMultiple[weightBits];
  if (blockSize === undefined || blockSize % multiple === 0) return null;
  return `HTP blocks of ${weightBits}-bit weights hold a multiple of ${multiple}`;
}
