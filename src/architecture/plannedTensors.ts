import type { Precision } from '../protocol/prompt';
import { buildGraph, graphNames } from './build';
import type { AutoNeuralConfig } from './config';

/** Shapes by tensor name. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/**
 * Every tensor that the graphs of a config ask for, in the order in which they ask: what a weights file must hold,
 * neither more nor less. Costs no weights.
 * @throws {StudioError} `bundle-invalid` with the field of a config that cannot be built.
 */
export function plannedTensors(config: AutoNeuralConfig, precision: Precision): TensorShapes {
  const shapes = new Map<string, readonly number[]>();
  const tensors = {
    get(name: string, wanted: readonly number[]): { readonly shape: readonly number[] } {
      const shape = shapes.get(name) ?? wanted;
      shapes.set(name, shape);
      return { shape };
    },
  };
  const readFloats = (name: string): never => {
    throw new Error(`${name} was read while the tensors were only counted`);
  };
  for (const name of graphNames) buildGraph(name, config, { tensors, readFloats }, precision);
  return shapes;
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Parameters of the tensors whose name begins with `prefix`; a tied tensor counts once. */
export function parameterCount(shapes: TensorShapes, prefix = ''): number {
  let count = 0;
  for (const [name, shape] of shapes) if (name.startsWith(prefix)) count += sizeOf(shape);
  return count;
}
