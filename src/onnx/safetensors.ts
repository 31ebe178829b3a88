import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { StudioError } from '../protocol/failure';
import { parseSafetensorsHeader, type StoredTensor } from './safetensorsHeader';

/** The safetensors library's own limit for the header. */
const maxHeaderBytes = 100_000_000;

/**
 * A safetensors file (https://github.com/huggingface/safetensors#format), opened and checked; tensors are read when
 * asked for.
 */
export class Safetensors {
  private constructor(
    private readonly path: string,
    private readonly fd: number,
    private readonly dataStart: number,
    readonly tensors: ReadonlyMap<string, StoredTensor>,
  ) {}

  /** @throws {StudioError} `bundle-missing` or `bundle-damaged` with the file's name. */
  static open(path: string): Safetensors {
    const fd = openFile(path);
    try {
      const size = fstatSync(fd).size;
      const prefix = new Uint8Array(8);
      if (size < 8) throw damaged(path, `it has ${size} bytes and no header`);
      readFully(path, fd, prefix, 0);
      const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true));
      if (headerBytes > Math.min(maxHeaderBytes, size - 8)) {
        throw damaged(path, `its header claims ${headerBytes} bytes`);
      }
      const header = new Uint8Array(headerBytes);
      readFully(path, fd, header, 8);
      const dataStart = 8 + headerBytes;
      const parsed = parseSafetensorsHeader(header, size - dataStart);
      if ('problem' in parsed) throw damaged(path, parsed.problem);
      return new Safetensors(path, fd, dataStart, parsed.tensors);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * Values of a tensor as fp32, row-major; F16 and BF16 are widened, which is exact.
   * @param part some of them, so that a large tensor can be read piece by piece
   * @throws {StudioError} when the file lacks the tensor, or holds it in a type that is no float of at most 32 bits.
   */
  readFloats(name: string, part?: { first: number; count: number }): Float32Array<ArrayBuffer> {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw damaged(this.path, `tensor ${name} is missing`);
    const width = tensor.dtype === 'F32' ? 4 : 2;
    const begin = tensor.begin + width * (part?.first ?? 0);
    const end = part === undefined ? tensor.end : begin + width * part.count;
    if (end > tensor.end) throw new Error(`${name} has fewer elements`);
    const bytes = new Uint8Array(end - begin);
    readFully(this.path, this.fd, bytes, this.dataStart + begin);
    switch (tensor.dtype) {
      case 'F32':
        return new Float32Array(bytes.buffer);
      case 'F16':
        return widenHalf(new Uint16Array(bytes.buffer));
      case 'BF16':
        return widenBrainFloat(new Uint16Array(bytes.buffer));
      default: {
        const message = `Tensor ${name} of ${basename(this.path)} has type ${tensor.dtype}, but only F32, F16 and BF16 weights can be read; convert it to one of these.`;
        throw new StudioError('bundle-invalid', message);
      }
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const message = `The weights ${path} cannot be opened (${reason(error)}); check the folder or fetch the model again.`;
    throw new StudioError('bundle-missing', message, { cause: error });
  }
}

function readFully(path: string, fd: number, into: Uint8Array, position: number): void {
  let done = 0;
  while (done < into.byteLength) {
    const count = readSync(fd, into, done, Math.min(into.byteLength - done, 2 ** 30), position + done);
    if (count === 0) throw damaged(path, 'it ended while it was read');
    done += count;
  }
}

function damaged(path: string, problem: string): StudioError {
  return new StudioError(
    'bundle-damaged',
    `${basename(path)} is damaged (${problem}); fetch or build the model again.`,
  );
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

let halfTable: Float32Array | undefined;

function widenHalf(halves: Uint16Array): Float32Array<ArrayBuffer> {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => halfValue(bits));
  const table = halfTable;
  const floats = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index++) {
    floats[index] = table[halves[index] as number] as number;
  }
  return floats;
}

/** Value of an IEEE 754 binary16 number. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function widenBrainFloat(words: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(words.length);
  for (let index = 0; index < words.length; index++) bits[index] = (words[index] as number) << 16;
  return new Float32Array(bits.buffer);
}
