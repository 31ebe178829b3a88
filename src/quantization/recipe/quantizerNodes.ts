import { bytesOf } from '../../onnx/graphBuilder';
import type { Attribute, ElementType, Node, Tensor } from '../../onnx/model';
import { bytesOfElements } from '../../onnx/structure';
import type { Encoding } from '../numerics/affine';
import { weightGroups } from '../numerics/weightGroups';
import type { QuantizedWeights, WeightSettings } from '../numerics/weightQuantizer';

/** Nodes and constants that are added to a graph. */
export interface Insertion {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
}

const contrib = 'com.microsoft';

/** The domain of operators that hold the grid: 16 and 4 bits are standard from opset 21, 8 from 13. */
export function quantizerDomain(bits: number, opset: number): '' | typeof contrib {
  return opset >= 21 || (bits === 8 && opset >= 13) ? '' : contrib;
}

/**
 * QuantizeLinear and DequantizeLinear of a value.
 * @param from the float value, `to` what takes its place
 * @param opset version of the standard operators in the graph
 */
export function activationQuantizer(from: string, to: string, encoding: Encoding, opset: number): Insertion {
  const { scale, zeroPoint, bits, signed } = encoding;
  const domain = quantizerDomain(bits, opset);
  const type = integerType(bits, signed, domain);
  const names = { scale: `${to}:scale`, zero: `${to}:zeroPoint`, quantized: `${to}:quantized` };
  const inputs = [names.scale, names.zero];
  const node = (op: string, input: string, output: string): Node => {
    return { name: `${to}:${op}`, op, domain, inputs: [input, ...inputs], outputs: [output], attributes: {} };
  };
  return {
    nodes: [node('QuantizeLinear', from, names.quantized), node('DequantizeLinear', names.quantized, to)],
    initializers: [
      { name: names.scale, type: 'float32', dims: [], data: bytesOf(Float32Array.of(scale)) },
      { name: names.zero, type, dims: [], data: packed([zeroPoint], type) },
    ],
  };
}

/** Weights that are stored as integers. */
export interface StoredWeights {
  /** Of the weights, and of the value that takes their place. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Of the output channels. */
  readonly axis: number;
  readonly settings: WeightSettings;
  /** Called when the graph is written. */
  quantized(): QuantizedWeights;
}

/** Integers, scales, zero points and the DequantizeLinear that makes weights of them. */
export function weightDequantizer(stored: StoredWeights, opset: number): Insertion {
  const { name, dims, axis, settings } = stored;
  const { bits, granularity, blockSize, symmetric } = settings;
  const domain = quantizerDomain(bits, opset);
  const type = integerType(bits, true, domain);
  const { scaleDims, scaleAxis } = weightGroups(dims, axis, settings);
  const [integers, scales, zeros] = [`${name}:quantized`, `${name}:scale`, `${name}:zeroPoint`];
  const lazy = (
    tensor: string,
    sizes: readonly number[],
    kind: ElementType,
    load: () => Uint8Array,
  ): Tensor => ({
    name: tensor,
    type: kind,
    dims: sizes,
    data: { byteLength: bytesOfElements(kind, product(sizes)), load },
  });
  const attributes: Record<string, Attribute> = {};
  if (scaleDims.length > 0) attributes['axis'] = { int: scaleAxis };
  if (granularity === 'block' && blockSize !== undefined) attributes['block_size'] = { int: blockSize };
  const zeroPoints = (): Uint8Array =>
    packed(stored.quantized().zeroPoints ?? new Uint8Array(product(scaleDims)), type);
  return {
    nodes: [
      {
        name: `${name}:DequantizeLinear`,
        op: 'DequantizeLinear',
        domain,
        // Left out, the zero point is 0 of the integers' own type, as symmetric weights have it.
        inputs: symmetric ? [integers, scales] : [integers, scales, zeros],
        outputs: [name],
        attributes,
      },
    ],
    initializers: [
      lazy(integers, dims, type, () => packed(stored.quantized().quantized, type)),
      lazy(scales, scaleDims, 'float32', () => bytesOf(stored.quantized().scales)),
      ...(symmetric ? [] : [lazy(zeros, scaleDims, type, zeroPoints)]),
    ],
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** Older operators have no 4-bit integers: those lie in bytes then. */
function integerType(bits: number, signed: boolean, domain: string): ElementType {
  if (bits === 16) return signed ? 'int16' : 'uint16';
  if (bits === 4 && domain === '') return signed ? 'int4' : 'uint4';
  return signed ? 'int8' : 'uint8';
}

/** Integers as `TensorProto.raw_data`: little-endian, 4-bit ones two to a byte with the first in the low half. */
function packed(integers: ArrayLike<number>, type: ElementType): Uint8Array {
  const { length } = integers;
  if (type === 'int4' || type === 'uint4') {
    const bytes = new Uint8Array(Math.ceil(length / 2));
    for (let index = 0; index < length; index++) {
      const half = (integers[index] as number) & 15;
      bytes[index >> 1] = (bytes[index >> 1] as number) | (index % 2 === 0 ? half : half << 4);
    }
    return bytes;
  }
  const wide = type === 'int16' || type === 'uint16';
  // Integers keep their low bits, so that one unsigned array serves both signs.
  const values = wide ? Uint16Array.from(integers) : Uint8Array.from(integers);
  return new Uint8Array(values.buffer);
}
