import type { WeightSource } from '../../../src/architecture/weights';

/**
 * Random bits of every index, the same as in test/fixtures/golden/make_parity.py: murmur3's finalizer over FNV-1a of the
 * name plus the index times the golden ratio.
 */
export function drawBits(name: string, count: number): Uint32Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const bits = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    let x = seed + Math.imul(index, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    bits[index] = x ^ (x >>> 16);
  }
  return bits;
}

/** Uniform fp32 values. */
export function draw(name: string, count: number, low: number, high: number): Float32Array {
  const bits = drawBits(name, count);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    values[index] = low + ((bits[index] as number) / 2 ** 32) * (high - low);
  }
  return values;
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Weights of the given shapes, drawn by name: norms and layer scales around one, biases around zero. */
export class DrawnWeights implements WeightSource {
  readonly tensors: Map<string, { shape: readonly number[] }>;

  constructor(shapes: Readonly<Record<string, readonly number[]>>) {
    this.tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
  }

  readFloats(name: string): Float32Array {
    const shape = this.tensors.get(name)?.shape ?? [];
    if (shape.length === 1) {
      return name.endsWith('.bias')
        ? draw(name, elements(shape), -0.2, 0.2)
        : draw(name, elements(shape), 0.5, 1.5);
    }
    const bound = Math.sqrt(3 / elements(shape.slice(1)));
    return draw(name, elements(shape), -bound, bound);
  }
}
