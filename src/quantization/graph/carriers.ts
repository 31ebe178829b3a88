import { isMover, type PlannedUnit } from './units';
import { firstOutput, type Wiring } from './wiring';

/** Where the encodings of a unit's inputs come from. */
export interface Carriers {
  /** Outputs of units, whose quantizers the inputs have passed. */
  readonly sources: readonly string[];
  /** Data movers between them and the unit. */
  readonly movers: readonly number[];
}

/** Follows a unit's inputs back through data movers. Inputs of the graph have no encoding and are left out. */
export function carriersOf(wiring: Wiring, unit: PlannedUnit, units: readonly PlannedUnit[]): Carriers {
  const outputs = new Set(units.map(({ output }) => output));
  const sources = new Set<string>();
  const movers = new Set<number>();
  const stack = unit.inputs.map(({ value }) => value);
  while (stack.length > 0) {
    const value = stack.pop() ?? '';
    const maker = wiring.maker(value);
    if (outputs.has(value)) sources.add(value);
    else if (maker !== undefined && !movers.has(maker) && isMover(wiring, maker)) {
      movers.add(maker);
      const node = wiring.node(maker);
      if (wiring.kinds.origin(firstOutput(node)) === 'signal') stack.push(...node.inputs);
    }
  }
  return { sources: [...sources], movers: [...movers] };
}
