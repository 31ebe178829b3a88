import { sizeOf, type TensorShapes } from './plannedTensors';
import type { WeightSource } from './weights';

const utf8 = new TextEncoder();

/**
 * Weights drawn from a seed: a tensor depends on the seed and its own name only, so equal models get equal weights
 * whatever the order. Products keep the variance of their input and norms stay around one, so that values remain
 * finite through any depth. Good for timing and counting; such a model knows nothing.
 */
export class RandomWeights implements WeightSource {
  readonly tensors: { get(name: string): { readonly shape: readonly number[] } | undefined };

  /** @param seed a whole number from 0 to 2^32 - 1 */
  constructor(
    private readonly shapes: TensorShapes,
    private readonly seed: number,
  ) {
    this.tensors = {
      get: name => {
        const shape = shapes.get(name);
        return shape === undefined ? undefined : { shape };
      },
    };
  }

  readFloats(name: string): Float32Array {
    const shape = this.shapes.get(name);
    if (shape === undefined) throw new Error(`${name} is no tensor of this model`);
    const count = sizeOf(shape);
    const start = streamOf(name, this.seed);
    if (shape.length > 1) {
      // The bound of a uniform distribution whose variance is one over the inputs of a product.
      const bound = Math.sqrt(3 / sizeOf(shape.slice(1)));
      return uniform(start, count, -bound, bound);
    }
    return name.endsWith('.bias') ? uniform(start, count, -0.1, 0.1) : uniform(start, count, 0.5, 1.5);
  }
}

/** FNV-1a of the name, begun from the seed. */
function streamOf(name: string, seed: number): number {
  let hash = mixed(seed ^ 0x811c9dc5);
  for (const byte of utf8.encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Values that are even in [low, high): murmur3's finalizer over the index times the golden ratio. */
function uniform(start: number, count: number, low: number, high: number): Float32Array {
  const scale = (high - low) / 2 ** 32;
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    values[index] = low + mixed((start + Math.imul(index, 0x9e3779b9)) | 0) * scale;
  }
  return values;
}

function mixed(bits: number): number {
  let x = bits ^ (bits >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
