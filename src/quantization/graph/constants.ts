import { bytesOf } from '../../onnx/graphBuilder';
import type { Tensor } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import { quantizeWeights } from '../numerics/weightQuantizer';
import type { PlannedWeight } from './placement';

/** The fp32 values of a constant. */
export function floatsOfConstant({ data }: Tensor): Float32Array {
  const bytes = data instanceof Uint8Array ? data : data.load();
  // A view needs an offset that four divides.
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    : new Float32Array(bytes.slice().buffer);
}

/** The constant on its grid, under another name; quantized whenever it is loaded. */
export function fakeQuantized(tensor: Tensor, name: string, { axis, settings }: PlannedWeight): Tensor {
  const load = (): Uint8Array => {
    const { dequantized } = quantizeWeights(floatsOfConstant(tensor), tensor.dims, axis, settings);
    return bytesOf(dequantized);
  };
  return { name, type: 'float32', dims: tensor.dims, data: { byteLength: tensor.data.byteLength, load } };
}

/**
 * The same constant, which throws when it is loaded and holds NaN or infinite floats. Masks' infinities are single
 * numbers or come as short lists: only tensors of weights are looked at.
 */
export function finite(tensor: Tensor): Tensor {
  const { name, type, dims, data } = tensor;
  if (type !== 'float32' || dims.length < 2 || data.byteLength < 256) return tensor;
  const load = (): Uint8Array => {
    const floats = floatsOfConstant(tensor);
    if (allFinite(floats)) return bytesOf(floats);
    const index = floats.findIndex(value => !Number.isFinite(value));
    const message = `The weights ${name} hold ${floats[index]} at position ${index}, so nothing behind them can be measured; export the model again with finite weights.`;
    throw new StudioError('model-invalid', message);
  };
  return { name, type, dims, data: { byteLength: data.byteLength, load } };
}

/** Zero times a number that is not finite is NaN, and so is every sum with it: one addition a value, no branch. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += 0 * (values[index] as number);
  return sum === 0;
}
