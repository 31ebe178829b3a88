import type { Unmeasured } from '../../protocol/quantization';
import type { PlannedUnit } from './units';
import { firstOutput, type Wiring } from './wiring';

/** Which value of a quantized graph stands for which of its float original. */
export interface Counterparts {
  /** Names in the quantized graph, by name in the float one. */
  readonly values: ReadonlyMap<string, string>;
  /** Units whose output the quantized graph does not have. */
  readonly unmatched: readonly Unmeasured[];
}

/**
 * What tools call a value behind its quantizer where it does not keep its own name: onnxruntime.quantization, AIMET
 * (QuantizeLinear and DequantizeLinear, or its own QcQuantizeOp).
 */
const quantizedSuffixes = ['', '_DequantizeLinear_Output', '_qdq', '_dq', '_updated'];
/** And in front of it, where the name itself went to what is behind: onnxruntime.quantization, AutoNeural Studio. */
const floatSuffixes = ['', '_QuantizeLinear_Input', ':float'];
const dequantizers = new Set(['DequantizeLinear', 'QcQuantizeOp', 'FakeQuant']);
/** Clamps that quantizers with a range from 0 on make superfluous, so tools take them out. */
const clamps = new Set(['Relu', 'Clip']);

/**
 * Finds the outputs of units in a quantized graph, behind their quantizers where they have one: by the names of values,
 * with the suffixes that tools give them, else by the names of nodes.
 */
export function counterpartsOf(
  float: Wiring,
  units: readonly PlannedUnit[],
  quantized: Wiring,
  quantizedName: string,
): Counterparts {
  const nodes = new Map(quantized.graph.nodes.map((node, index) => [node.name, index]));
  const values = new Map<string, string>();
  const unmatched: Unmeasured[] = [];
  for (const { layer, output } of units) {
    const found = counterpartOf(output, float, quantized, nodes);
    if (found !== undefined) values.set(output, found);
    else {
      const reason = `${quantizedName} has no float value of its own for it (removed, merged or computed with integers), so it is not compared.`;
      unmatched.push({ layer, reason });
    }
  }
  return { values, unmatched };
}

/** The value of the quantized graph that stands for one of the float graph; undefined where there is none. */
export function counterpartOf(
  value: string,
  float: Wiring,
  quantized: Wiring,
  nodes: ReadonlyMap<string, number>,
): string | undefined {
  const behind = quantizedSuffixes.map(suffix => value + suffix).find(name => isDequantized(quantized, name));
  if (behind !== undefined) return behind;
  const same = floatSuffixes.map(suffix => value + suffix).find(name => isFloatValue(quantized, name));
  if (same !== undefined) return behindQuantizer(quantized, same);
  const maker = float.maker(value);
  if (maker === undefined) return undefined;
  const node = float.node(maker);
  const index = node.name === '' ? undefined : nodes.get(node.name);
  const output =
    index === undefined ? '' : (quantized.node(index).outputs[node.outputs.indexOf(value)] ?? '');
  // A node that has taken over the name of a value behind it has swallowed what made that value.
  const swallowed = float.maker(output) !== undefined && output !== value;
  const sameOp = index !== undefined && quantized.node(index).op === node.op;
  if (sameOp && !swallowed && isFloatValue(quantized, output)) return behindQuantizer(quantized, output);
  if (!clamps.has(node.op)) return undefined;
  const before = counterpartOf(node.inputs[0] ?? '', float, quantized, nodes);
  return before !== undefined && isDequantized(quantized, before) ? before : undefined;
}

function isDequantized(wiring: Wiring, value: string): boolean {
  const maker = wiring.maker(value);
  return maker !== undefined && dequantizers.has(wiring.node(maker).op) && !wiring.isConstant(value);
}

function isFloatValue(wiring: Wiring, value: string): boolean {
  return wiring.maker(value) !== undefined && wiring.kinds.type(value) === 'float32';
}

/** What QuantizeLinear and DequantizeLinear make of a value; the value itself where it has no quantizer. */
function behindQuantizer(wiring: Wiring, value: string): string {
  for (const reader of wiring.readers(value)) {
    const node = wiring.node(reader);
    if (node.op === 'QcQuantizeOp') return firstOutput(node);
    if (node.op !== 'QuantizeLinear' || node.inputs[0] !== value) continue;
    for (const next of wiring.readers(firstOutput(node))) {
      const dequantizer = wiring.node(next);
      if (dequantizer.op === 'DequantizeLinear') return firstOutput(dequantizer);
    }
  }
  return value;
}
