import type { HtpProfile, QuantizationSettings, SchemeId } from '../../protocol/quantization';
import { type Encoding, encodingOfRange } from '../numerics/affine';
import { rangeOf, type ValueStatistics } from '../numerics/calibrators';
import { constrain } from '../numerics/htpProfile';
import { parseScheme } from '../numerics/scheme';
import type { WeightSettings } from '../numerics/weightQuantizer';
import type { PlannedUnit } from './units';
import type { Wiring } from './wiring';

/** How one unit is to be quantized. */
export interface UnitScheme {
  readonly scheme: SchemeId;
  readonly weights: QuantizationSettings['weights'];
}

/** The scheme of every unit; null leaves one float. */
export type SchemeOf = (unit: PlannedUnit) => UnitScheme | null;

export interface PlannedWeight {
  /** Of the output channels. */
  readonly axis: number;
  readonly settings: WeightSettings;
}

/** Where quantizers stand and with which encodings: the measurement and the exported model are both made from it. */
export interface QuantizerPlan {
  /** By initializer. */
  readonly weights: ReadonlyMap<string, PlannedWeight>;
  /** By value. */
  readonly activations: ReadonlyMap<string, Encoding>;
  /** Second quantizers in front of one input of one node, by {@link operandKey}. */
  readonly operands: ReadonlyMap<string, Encoding>;
  /** What differs from the schemes that were asked for and why, by layer. */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
}

/** What was seen of each of {@link calibratedValues}. */
export type Statistics = ReadonlyMap<string, ValueStatistics>;

export function operandKey(node: number, input: number): string {
  return `${node}:${input}`;
}

/** The same scheme for every unit. */
export function uniform(scheme: SchemeId, weights: QuantizationSettings['weights']): SchemeOf {
  return () => ({ scheme, weights });
}

/** Values whose ranges a plan can need: outputs of units, and second operands of products. */
export function calibratedValues(units: readonly PlannedUnit[], wiring: Wiring): string[] {
  const values = new Set(units.map(unit => unit.output));
  for (const unit of units) {
    const operand = secondOperand(unit, wiring);
    if (operand !== undefined) values.add(operand.value);
  }
  return [...values];
}

/** Places the quantizers of a graph: one on the output of every unit, one on every weight of a product. */
export function planQuantizers(
  units: readonly PlannedUnit[],
  wiring: Wiring,
  schemeOf: SchemeOf,
  statistics: Statistics,
  { calibrationMethod, htp }: Pick<QuantizationSettings, 'calibrationMethod'> & { htp: HtpProfile },
): QuantizerPlan {
  const weights = new Map<string, PlannedWeight>();
  const activations = new Map<string, Encoding>();
  const operands = new Map<string, Encoding>();
  const reasons = new Map<string, readonly string[]>();
  for (const unit of units) {
    const wanted = schemeOf(unit);
    if (wanted === null) continue;
    const allowed = constrain(unit.kind, parseScheme(wanted.scheme), wanted.weights, htp);
    if (allowed.reasons.length > 0) reasons.set(unit.layer, allowed.reasons);
    const { weightBits, activationBits } = allowed.scheme;
    if (weightBits !== null) {
      for (const { initializer, axis } of unit.weights) {
        const { blockSize, ...grouping } = allowed.weights;
        const blocks = blockSize === undefined ? {} : { blockSize };
        const settings = { ...grouping, ...blocks, bits: weightBits, name: initializer };
        const before = weights.get(initializer);
        // Weights that two layers share are stored once, with the finer of both grids.
        if (before === undefined || before.settings.bits < weightBits)
          weights.set(initializer, { axis, settings });
      }
    }
    if (activationBits === null) continue;
    const seen = unit.pinned === null ? statistics.get(unit.output) : { ...unit.pinned, histogram: null };
    if (isUsable(seen)) {
      const { min, max } = unit.pinned ?? rangeOf(calibrationMethod, seen, activationBits);
      const grid = { symmetric: false, signed: false };
      activations.set(unit.output, encodingOfRange(min, max, activationBits, grid));
    }
    const operand = allowed.secondOperand === null ? undefined : secondOperand(unit, wiring);
    const seenOperand = operand === undefined ? undefined : statistics.get(operand.value);
    if (operand === undefined || allowed.secondOperand === null || !isUsable(seenOperand)) continue;
    const { bits, symmetric } = allowed.secondOperand;
    const { min, max } = rangeOf(calibrationMethod, seenOperand, bits);
    operands.set(
      operandKey(operand.node, operand.input),
      encodingOfRange(min, max, bits, { symmetric, signed: symmetric }),
    );
  }
  return { weights, activations, operands, reasons };
}

/** A range that a grid can cover: a value that reaches infinity, as masks do, stays float. */
export function isUsable(seen: ValueStatistics | undefined): seen is ValueStatistics {
  return seen !== undefined && Number.isFinite(seen.min) && Number.isFinite(seen.max) && seen.min <= seen.max;
}

function secondOperand(
  unit: PlannedUnit,
  wiring: Wiring,
): { node: number; input: number; value: string } | undefined {
  if (unit.kind !== 'product') return undefined;
  const [anchor] = unit.nodes;
  if (anchor === undefined) return undefined;
  const value = wiring.node(anchor).inputs[1];
  return value === undefined || wiring.isConstant(value) ? undefined : { node: anchor, input: 1, value };
}
