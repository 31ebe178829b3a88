import type { WeightSource } from './weights';

/**
 * Weights by their shapes alone, for looking at a model without loading it: those a file holds, or with none every
 * tensor as it is asked for. Afterwards {@link asked} are the network's own tensors, before the builders folded any
 * into another.
 */
export class ShapeOnlyWeights implements WeightSource {
  readonly asked = new Map<string, readonly number[]>();

  constructor(private readonly stored?: ReadonlyMap<string, { readonly shape: readonly number[] }>) {}

  readonly tensors = {
    get: (name: string, wanted: readonly number[]): { readonly shape: readonly number[] } | undefined => {
      this.asked.set(name, wanted);
      return this.stored === undefined ? { shape: wanted } : this.stored.get(name);
    },
  };

  readFloats(name: string): Float32Array {
    throw new Error(`${name} has a shape only`);
  }
}
