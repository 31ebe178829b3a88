import { readsOf } from '../../onnx/nodeOrder';
import { operandKey, type QuantizerPlan } from './placement';
import type { Wiring } from './wiring';

/** A quantized network beside the float one. */
export interface Variant {
  readonly plan: QuantizerPlan;
  /** Nodes that may differ from the float network; undefined = all. */
  readonly within?: ReadonlySet<number>;
}

/** Which network computes a value for a variant: a variant by its index, or the float one. */
export type Owner = number | 'float';

/** Variants, and who computes their values. */
export interface Owners {
  readonly variants: readonly Variant[];
  of(variant: number, value: string): Owner;
}

/**
 * A value can differ from the float network's behind every quantizer, but for sizes. Variants that are quantized alike
 * up to a value have it in common: the first of them computes it. Nodes must be in order.
 */
export function ownersOf(wiring: Wiring, variants: readonly Variant[]): Owners {
  const owners = variants.map(() => new Map<string, number>());
  const of = (variant: number, value: string): Owner => owners[variant]?.get(value) ?? 'float';
  for (const [index, node] of wiring.graph.nodes.entries()) {
    const reads = [...readsOf(node)];
    const passesOn = node.op !== 'Shape' && node.op !== 'Size';
    const first = new Map<string, number>();
    for (const [variant, { plan, within }] of variants.entries()) {
      const inputs = reads.map(name => [of(variant, name), plan.weights.get(name)] as const);
      const operands = node.inputs.map((_, input) => plan.operands.get(operandKey(index, input)));
      const runs = within === undefined || within.has(index);
      const differs =
        runs &&
        passesOn &&
        (inputs.some(([owner, weight]) => owner !== 'float' || weight !== undefined) ||
          operands.some(encoding => encoding !== undefined));
      const grids = node.outputs.map(output => plan.activations.get(output));
      if (!differs && grids.every(encoding => encoding === undefined)) continue;
      const made = JSON.stringify([runs ? [inputs, operands] : null, grids]);
      const owner = first.get(made) ?? variant;
      first.set(made, owner);
      for (const [place, output] of node.outputs.entries()) {
        if (differs || grids[place] !== undefined) owners[variant]?.set(output, owner);
      }
    }
  }
  return { variants, of };
}
