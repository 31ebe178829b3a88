import { bytesOf } from '../../onnx/graphBuilder';
import type { Tensor } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import { dequantizedWeights } from '../numerics/weightQuantizer';
import type { PlannedWeight } from './placement';

/** The fp32 values of a constant. */
export function floatsOfConstant({ data }: Tensor): Float32Array {
  const bytes = data instanceof Uint8Array ? data : data.load();
  // A view needs an offset that four divides.
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    : new Float32Array(bytes.slice().buffer);
}

/**
 * The weight that was loaded last. Its quantized copies are written right behind it, and reading and widening it again
 * for each of them would take longer than quantizing it.
 */
export class LoadedWeight {
  private tensor: Tensor | undefined;
  private memory = new Float32Array();

  /**
   * The floats of a tensor; good until the next call.
   * @throws {StudioError} `model-invalid` when one is not finite
   */
  of(tensor: Tensor): Float32Array {
    const count = tensor.data.byteLength / 4;
    if (this.tensor === tensor) return this.memory.subarray(0, count);
    this.tensor = undefined;
    // One piece of memory for all of them: fresh memory costs more time than what is done with it.
    if (this.memory.length < count) this.memory = new Float32Array(count);
    const floats = this.memory.subarray(0, count);
    if (!(tensor.data instanceof Uint8Array) && tensor.data.loadInto !== undefined)
      tensor.data.loadInto(bytesOf(floats));
    else floats.set(floatsOfConstant(tensor));
    refuseNonFinite(tensor.name, floats);
    this.tensor = tensor;
    return floats;
  }
}

/** The constant on its grid, under another name; quantized whenever it is loaded. */
export function fakeQuantized(
  tensor: Tensor,
  name: string,
  { axis, settings }: PlannedWeight,
  loaded = new LoadedWeight(),
): Tensor {
  return computed(tensor, name, target =>
    dequantizedWeights(loaded.of(tensor), tensor.dims, axis, settings, target),
  );
}

/**
 * The same constant, which throws when it is loaded and holds NaN or infinite floats. Masks' infinities are single
 * numbers or come as short lists: only tensors of weights are looked at.
 */
export function finite(tensor: Tensor, loaded = new LoadedWeight()): Tensor {
  const { name, type, dims, data } = tensor;
  if (type !== 'float32' || dims.length < 2 || data.byteLength < 256) return tensor;
  return computed(tensor, name, target => target.set(loaded.of(tensor)));
}

/** An fp32 constant of the same shape whose values are written when it is loaded. */
function computed(
  { dims, data: { byteLength } }: Tensor,
  name: string,
  write: (target: Float32Array) => void,
): Tensor {
  const load = (): Uint8Array => {
    const values = new Float32Array(byteLength / 4);
    write(values);
    return bytesOf(values);
  };
  const loadInto = (target: Uint8Array): void => {
    if (target.byteOffset % 4 === 0)
      write(new Float32Array(target.buffer, target.byteOffset, byteLength / 4));
    else target.set(load());
  };
  return { name, type: 'float32', dims, data: { byteLength, load, loadInto } };
}

function refuseNonFinite(name: string, values: Float32Array): void {
  // Zero times a number that is not finite is NaN, and so is every sum with it: one addition a value, no branch.
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += 0 * (values[index] as number);
  if (sum === 0) return;
  const index = values.findIndex(value => !Number.isFinite(value));
  const message = `The weights ${name} hold ${values[index]} at position ${index}, so nothing behind them can be measured; export the model again with finite weights.`;
  throw new StudioError('model-invalid', message);
}
