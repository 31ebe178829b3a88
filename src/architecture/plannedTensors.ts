import { type BuiltPrecision, buildGraph, graphNames, projectorPrefixes, visionPrefixes } from './build';
import type { ModelConfig } from './modelConfig';
import { ShapeOnlyWeights } from './shapeOnly';

/** Shapes by tensor name. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/**
 * Every tensor that the graphs of a config ask for, in the order in which they ask: what a weights file must hold,
 * neither more nor less. Costs no weights.
 * @throws {StudioError} `bundle-invalid` with the field of a config that cannot be built.
 */
export function plannedTensors(config: ModelConfig, precision: BuiltPrecision): TensorShapes {
  const weights = new ShapeOnlyWeights();
  for (const name of graphNames) buildGraph(name, config, weights, precision);
  return weights.asked;
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

/** Parameters of a model's parts, from its {@link plannedTensors}. */
export function partParameters(
  { vision, projector }: ModelConfig,
  shapes: TensorShapes,
): Readonly<Record<'encoder' | 'connector' | 'decoder' | 'total', number>> {
  const encoder = parameterCount(shapes, visionPrefixes[vision.kind]);
  const connector = parameterCount(shapes, projectorPrefixes[projector.kind]);
  const total = parameterCount(shapes);
  return { encoder, connector, decoder: total - encoder - connector, total };
}
