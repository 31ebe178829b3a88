import { bytesOf } from '../onnx/graphBuilder';
import type { Tensor } from '../onnx/model';
import { StudioError } from '../protocol/failure';

/** Where weights come from; a safetensors file is one. */
export interface WeightSource {
  /** What is there under a name; a source that makes its tensors up is told the shape that is wanted. */
  readonly tensors: {
    get(name: string, wanted: readonly number[]): { readonly shape: readonly number[] } | undefined;
  };
  /** Values of one tensor, row-major; a fresh array that the caller may change. */
  readFloats(name: string): Float32Array;
}

/** A tensor of the weights, known to exist in the shape the config gives it; `read` returns a fresh array. */
export interface WeightRef {
  readonly shape: readonly number[];
  read(): Float32Array;
}

/** The weights of one part of the model, by the names below `prefix`. */
export class Weights {
  constructor(
    private readonly source: WeightSource,
    private readonly prefix = '',
  ) {}

  below(name: string): Weights {
    return new Weights(this.source, `${this.prefix}${name}.`);
  }

  /** @throws {StudioError} `bundle-invalid` with the tensor that is missing or has another shape. */
  ref(name: string, shape: readonly number[]): WeightRef {
    const full = this.prefix + name;
    const found = this.source.tensors.get(full, shape);
    if (found === undefined) {
      throw invalid(`tensor ${full} of shape [${shape.join()}], which config.json asks for, is missing`);
    }
    if (found.shape.join() !== shape.join()) {
      throw invalid(
        `tensor ${full} has shape [${found.shape.join()}], but config.json asks for [${shape.join()}]`,
      );
    }
    return { shape, read: () => this.source.readFloats(full) };
  }
}

/** The fp32 constant `name` whose values are read (and computed) only when the graph is written. */
export function constant(name: string, ref: WeightRef): Tensor {
  const byteLength = 4 * ref.shape.reduce((product, dimension) => product * dimension, 1);
  return { name, type: 'float32', dims: ref.shape, data: { byteLength, load: () => bytesOf(ref.read()) } };
}

/** A matrix with its axes swapped. */
export function transposed(ref: WeightRef): WeightRef {
  const [rows = 1, columns = 1] = ref.shape;
  return { shape: [columns, rows], read: () => transpose(ref.read(), rows, columns) };
}

/** Tile by tile, so that reads and writes both stay in the processor's cache: twice as fast for an embedding. */
function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const tile = 32;
  const result = new Float32Array(matrix.length);
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let column = left; column < right; column++) {
        for (let row = top; row < bottom; row++) {
          result[column * rows + row] = matrix[row * columns + column] as number;
        }
      }
    }
  }
  return result;
}

/** Column `index` of the last axis, as a vector. */
export function column(ref: WeightRef, index: number): WeightRef {
  const width = ref.shape.at(-1) ?? 1;
  const shape = [ref.shape.slice(0, -1).reduce((product, size) => product * size, 1)];
  return { shape, read: () => ref.read().filter((_, position) => position % width === index) };
}

/** The slices `from` to `to` of the first axis, range behind range. */
export function rowsOf(ref: WeightRef, ranges: readonly (readonly [from: number, to: number])[]): WeightRef {
  const [, ...rest] = ref.shape;
  const width = rest.reduce((product, size) => product * size, 1);
  const count = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  const read = (): Float32Array => {
    const values = ref.read();
    const result = new Float32Array(count * width);
    let at = 0;
    for (const [from, to] of ranges) {
      result.set(values.subarray(from * width, to * width), at);
      at += (to - from) * width;
    }
    return result;
  };
  return { shape: [count, ...rest], read };
}

export function scaled(ref: WeightRef, factor: number): WeightRef {
  if (factor === 1) return ref;
  return { shape: ref.shape, read: () => ref.read().map(value => value * factor) };
}

/** Each slice of the first axis times its factor in `gain`. */
export function scaledRows(ref: WeightRef, gain: WeightRef): WeightRef {
  const read = (): Float32Array => {
    const values = ref.read();
    const factors = gain.read();
    const width = values.length / factors.length;
    return values.map((value, index) => value * (factors[Math.floor(index / width)] as number));
  };
  return { shape: ref.shape, read };
}

function invalid(problem: string): StudioError {
  return new StudioError(
    'bundle-invalid',
    `The weights do not fit the model: ${problem}; fetch the model again or correct config.json.`,
  );
}
