import { maxKnownValues, operatorName, type Structure, type StructureNode } from '../structure';
import { shapeRules } from './rules';
import { Site } from './site';
import type { Known, Shape, Size } from './sizes';

/** No tensor of any runtime has more axes. */
const maxRank = 64;

export interface InferredShapes {
  /** Shape of every value that is known at least by its rank. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Operators without a rule, by domain and name, with the number of nodes. */
  readonly unknownOperators: ReadonlyMap<string, number>;
}

/** Numbers for input sizes: given the input, the axis and the name of the size; undefined leaves it as it is. */
export type SizeBinding = (input: string, axis: number, name: string, rank: number) => number | undefined;

/**
 * Shapes of all values, node by node in the order of the file. What follows from something unknown is unknown too;
 * nothing is guessed.
 */
export function inferShapes(structure: Structure, bind: SizeBinding = () => undefined): InferredShapes {
  const known = new Map<string, Known>();
  for (const { name, dims } of structure.inputs) {
    const shape = dims?.map((size, axis): Size => {
      if (typeof size === 'number') return size;
      return bind(name, axis, size, dims.length) ?? (size === '' ? undefined : size);
    });
    known.set(name, { shape });
  }
  for (const { name, dims, values } of structure.tensors.values()) known.set(name, { shape: dims, values });
  const unknownOperators = new Map<string, number>();
  for (const node of structure.nodes) {
    const operator = operatorName(node);
    const rule = shapeRules.get(operator);
    if (rule === undefined) {
      unknownOperators.set(operator, (unknownOperators.get(operator) ?? 0) + 1);
      continue;
    }
    const results = rule(siteOf(node, known));
    for (const [index, name] of node.outputs.entries()) {
      const result = results[index];
      if (name !== '' && result !== undefined) known.set(name, checked(result));
    }
  }
  const shapes = new Map<string, Shape>();
  for (const [name, { shape }] of known) if (shape !== undefined) shapes.set(name, shape);
  return { shapes, unknownOperators };
}

function siteOf(node: StructureNode, known: ReadonlyMap<string, Known>): Site {
  return new Site(
    node,
    node.inputs.map(name => known.get(name)),
  );
}

/** A size that no tensor can have is not a size: the graph contradicts itself there. */
function checked({ shape, values }: Known): Known {
  // Without a bound, a chain of Gathers could double the rank at every node.
  const bounded = shape !== undefined && shape.length <= maxRank ? shape : undefined;
  const sizes = bounded?.map(size =>
    typeof size === 'number' && !(Number.isSafeInteger(size) && size >= 0) ? undefined : size,
  );
  const short = values !== undefined && values.length <= maxKnownValues ? values : undefined;
  return { shape: sizes, values: short };
}
