import { halfValue } from '../../onnx/safetensors';
import { StudioError } from '../../protocol/failure';
import type { Numbers } from './convert';

export interface NpyArray {
  readonly dims: readonly number[];
  /** Row-major. Half-precision numbers are widened to fp32, truth values are 0 or 1. */
  readonly values: Numbers;
}

/** A header names a type, an order and a shape; more than this is not one. */
const maxHeaderBytes = 2048;
const maxRank = 16;

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface ElementReader {
  readonly bytes: number;
  read(view: DataView, count: number): Numbers;
}

const readers: Readonly<Record<string, ElementReader>> = {
  '<f2': {
    bytes: 2,
    read: (view, count) =>
      Float32Array.from({ length: count }, (_, index) => halfValue(view.getUint16(2 * index, true))),
  },
  '<f4': {
    bytes: 4,
    read: (view, count) =>
      Float32Array.from({ length: count }, (_, index) => view.getFloat32(4 * index, true)),
  },
  '<f8': {
    bytes: 8,
    read: (view, count) =>
      Float64Array.from({ length: count }, (_, index) => view.getFloat64(8 * index, true)),
  },
  '<i4': {
    bytes: 4,
    read: (view, count) => Int32Array.from({ length: count }, (_, index) => view.getInt32(4 * index, true)),
  },
  '<i8': {
    bytes: 8,
    read: (view, count) =>
      BigInt64Array.from({ length: count }, (_, index) => view.getBigInt64(8 * index, true)),
  },
  '|u1': {
    bytes: 1,
    read: (view, count) => Uint8Array.from({ length: count }, (_, index) => view.getUint8(index)),
  },
  '|i1': {
    bytes: 1,
    read: (view, count) => Int8Array.from({ length: count }, (_, index) => view.getInt8(index)),
  },
  '|b1': {
    bytes: 1,
    read: (view, count) => Uint8Array.from({ length: count }, (_, index) => (view.getUint8(index) ? 1 : 0)),
  },
};

/**
 * An array that `numpy.save` wrote (numpy.lib.format, versions 1 to 3): little-endian numbers in C order.
 * @param name of the file, for the sentence of an error
 * @throws {StudioError} `samples-invalid` for everything else; nothing is allocated before all sizes agree.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const damaged = (problem: string): StudioError =>
    new StudioError(
      'samples-invalid',
      `${name} ${problem}; save it anew with numpy.save(path, numpy.ascontiguousarray(array)).`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || magic.some((byte, index) => bytes[index] !== byte)) {
    throw damaged('is no .npy file');
  }
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw damaged(`has version ${version} of the .npy format, not 1, 2 or 3`);
  const start = version === 1 ? 10 : 12;
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > maxHeaderBytes || start + headerBytes > bytes.length) {
    throw damaged(`names a header of ${headerBytes} bytes, which it does not hold`);
  }
  const header = Buffer.from(bytes.subarray(start, start + headerBytes)).toString('latin1');
  const { type, dims } = parseHeader(header, damaged);
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined) {
    throw damaged(`holds elements of type ${type}, but only ${Object.keys(readers).join(', ')} can be read`);
  }
  const count = dims.reduce((product, size) => product * size, 1);
  const dataStart = start + headerBytes;
  if (count * reader.bytes !== bytes.length - dataStart) {
    throw damaged(
      `holds ${bytes.length - dataStart} bytes of data, but its shape (${dims.join(', ')}) needs ${count * reader.bytes}`,
    );
  }
  return { dims, values: reader.read(new DataView(bytes.buffer, bytes.byteOffset + dataStart), count) };
}

/** The header is the text of a Python dictionary with exactly these three keys, in any order. */
function parseHeader(
  header: string,
  damaged: (problem: string) => StudioError,
): { type: string; dims: number[] } {
  const fields =
    /^\{(?:\s*'(?:descr|fortran_order|shape)'\s*:\s*(?:'[^']*'|True|False|\([\d,\sL]*\))\s*,?){3}\s*\}\s*$/;
  const type = /'descr'\s*:\s*'([!-~]{1,16}?)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (!fields.test(header) || type === undefined || order === undefined || shape === undefined) {
    throw damaged('has a header that names no type, order and shape of plain numbers');
  }
  const dims = shape
    .split(',')
    .map(size => size.trim())
    .filter(size => size !== '')
    .map(Number);
  if (dims.length > maxRank || dims.some(size => !Number.isSafeInteger(size))) {
    throw damaged(`has a shape of ${dims.length} dimensions that no memory holds`);
  }
  if (order === 'True' && dims.filter(size => size > 1).length > 1) throw damaged('is in Fortran order');
  return { type, dims };
}
