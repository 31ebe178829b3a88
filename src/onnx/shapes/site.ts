import type { StructureNode } from '../structure';
import type { Known, Shape, Size } from './sizes';

/** A node and what is known of its inputs: all that a shape rule may look at. */
export class Site {
  constructor(
    readonly node: StructureNode,
    private readonly inputs: readonly (Known | undefined)[],
  ) {}

  get outputs(): number {
    return this.node.outputs.length;
  }

  /** Whether the optional input is there. */
  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  shape(index = 0): Shape | undefined {
    return this.inputs[index]?.shape;
  }

  get shapes(): readonly (Shape | undefined)[] {
    return this.inputs.map(input => input?.shape);
  }

  values(index = 0): readonly Size[] | undefined {
    return this.inputs[index]?.values;
  }

  /** The content of an input, where all of it is numbers. */
  numbers(index: number): readonly number[] | undefined {
    const values = this.values(index);
    return values?.every(value => typeof value === 'number') ? (values as readonly number[]) : undefined;
  }

  int(name: string, otherwise: number): number {
    const attribute = this.node.attributes[name];
    return attribute !== undefined && 'int' in attribute ? attribute.int : otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.node.attributes[name];
    return attribute !== undefined && 'ints' in attribute ? attribute.ints : undefined;
  }

  string(name: string, otherwise: string): string {
    const attribute = this.node.attributes[name];
    return attribute !== undefined && 'string' in attribute ? attribute.string : otherwise;
  }

  /** Axes or sizes that older operator sets hold in an attribute and newer ones in an input. */
  listOf(attribute: string, input: number): readonly number[] | undefined {
    return this.ints(attribute) ?? (this.has(input) ? this.numbers(input) : undefined);
  }

  /** Whether such a list is given at all, known or not. */
  gives(attribute: string, input: number): boolean {
    return this.ints(attribute) !== undefined || this.has(input);
  }
}

/** What is known of each output; fewer entries leave the rest unknown. */
export type Rule = (site: Site) => readonly (Known | undefined)[];

/** One output of that shape. */
export function only(shape: Shape | undefined, values?: readonly Size[]): readonly Known[] {
  return [values === undefined ? { shape } : { shape, values }];
}
