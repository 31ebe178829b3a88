import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StudioError } from '../protocol/failure';

const windowBytes = 1 << 16;
/** More fields than any model has that is worth reading; a bound on the time a hostile file can take. */
const maxFields = 20_000_000;
/** All names together. */
const maxTextBytes = 128 * 2 ** 20;
const maxNameBytes = 1 << 16;

/** One field of a message: a number, or the place of its bytes in the file. */
export interface WireField {
  readonly number: number;
  readonly wireType: 0 | 1 | 2 | 5;
  /** Varints only: the value as a signed 64-bit integer, rounded where a number cannot hold it. */
  readonly value: number;
  /** First byte of the content and the one behind its last. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads protobuf's wire format from a file through a small window; what nobody asks for is skipped, not read. No
 * message can reach beyond the one around it.
 */
export class WireFile {
  readonly size: number;
  private readonly window = Buffer.alloc(windowBytes);
  private windowStart = 0;
  private windowEnd = 0;
  private fields = 0;
  private textBytes = 0;

  private constructor(
    private readonly path: string,
    private readonly fd: number,
    size: number,
  ) {
    this.size = size;
  }

  /** @throws {StudioError} `file-missing` when there is no plain file that can be read. */
  static open(path: string): WireFile {
    try {
      // Before it is opened: opening a pipe would wait for its writer.
      if (!statSync(path).isFile()) throw new Error('it is not a file');
      const fd = openSync(path, 'r');
      return new WireFile(path, fd, fstatSync(fd).size);
    } catch (error) {
      const reason = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : '';
      const message = `The graph ${path} cannot be opened (${reason}); check the path.`;
      throw new StudioError('file-missing', message, { cause: error });
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /** @returns the error for this file, to be thrown */
  invalid(problem: string): StudioError {
    const message = `${this.path} is no ONNX model that can be read (${problem}); check the file or export it again.`;
    return new StudioError('model-invalid', message);
  }

  /** The fields of the message from `begin` to `end`, in the order of the file. */
  *message(begin: number, end: number): Generator<WireField> {
    let position = begin;
    while (position < end) {
      this.fields++;
      if (this.fields > maxFields) throw this.invalid(`it has more than ${maxFields} fields`);
      const tag = this.varint(position, end);
      const number = Math.floor(tag.value / 8);
      const wireType = tag.value % 8;
      if (number < 1 || number >= 2 ** 29) throw this.invalid(`field ${number} at byte ${position}`);
      const field = this.field(number, wireType, tag.next, end);
      position = field.end;
      yield field;
    }
  }

  /** A varint, as the signed 64-bit integer it is in every field of ONNX. */
  varint(position: number, end: number): { value: number; next: number } {
    let low = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (position + count >= end) throw this.invalid(`a number is cut off at byte ${position}`);
      const byte = this.byte(position + count);
      if (count === 9 && byte > 1) break;
      low += (byte % 128) * scale;
      // The tenth byte is there for negative numbers, whose small ones need all 64 bits to come out right.
      if (byte < 128) return { value: count === 9 ? this.signed(position) : low, next: position + count + 1 };
      scale *= 128;
    }
    throw this.invalid(`a number of more than 64 bits at byte ${position}`);
  }

  /** @throws {StudioError} when it is longer than a name may be, or not UTF-8 */
  text(field: WireField): string {
    const length = this.bytesField(field);
    this.textBytes += length;
    if (length > maxNameBytes) throw this.invalid(`a name of ${length} bytes at byte ${field.begin}`);
    if (this.textBytes > maxTextBytes) throw this.invalid(`names of more than ${maxTextBytes} bytes`);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(field));
    } catch {
      throw this.invalid(`a name that is not UTF-8 at byte ${field.begin}`);
    }
  }

  /** The content of a byte field, copied; the caller has bounded its length. */
  bytes({ begin, end }: WireField): Uint8Array {
    const content = Buffer.alloc(end - begin);
    this.readFully(content, begin);
    return content;
  }

  /** Number of a varint field. */
  int(field: WireField): number {
    if (field.wireType !== 0) throw this.invalid(`field ${field.number} at byte ${field.begin} is no number`);
    return field.value;
  }

  /** Length of a byte field. */
  bytesField(field: WireField): number {
    if (field.wireType !== 2) throw this.invalid(`field ${field.number} at byte ${field.begin} has no bytes`);
    return field.end - field.begin;
  }

  /** Adds the numbers of a repeated integer field, packed or not, to `into`. */
  ints(field: WireField, into: number[], most: number): void {
    if (field.wireType === 0) into.push(field.value);
    else {
      this.bytesField(field);
      let position = field.begin;
      while (position < field.end && into.length <= most) {
        const { value, next } = this.varint(position, field.end);
        into.push(value);
        position = next;
      }
    }
    if (into.length > most) throw this.invalid(`a list of more than ${most} numbers at byte ${field.begin}`);
  }

  /** Adds the numbers of a repeated 64-bit integer field, packed or not, to `into`, exactly. */
  bigInts(field: WireField, into: bigint[]): void {
    let position = field.begin;
    if (field.wireType !== 0) this.bytesField(field);
    while (position < field.end) {
      const { value, next } = this.varint(position, field.end);
      into.push(Number.isSafeInteger(value) ? BigInt(value) : this.exact(position, next));
      position = next;
    }
  }

  /** Adds the numbers of a repeated float field, packed or not, to `into`. */
  floats(field: WireField, into: number[], most: number): void {
    if (field.wireType === 5) into.push(this.float(field));
    else {
      const length = this.bytesField(field);
      if (length > 4 * most || length % 4 !== 0) {
        throw this.invalid(`a list of ${length} bytes of floats at byte ${field.begin}`);
      }
      const content = Buffer.from(this.bytes(field));
      for (let at = 0; at < length; at += 4) into.push(content.readFloatLE(at));
    }
    if (into.length > most) throw this.invalid(`a list of more than ${most} numbers at byte ${field.begin}`);
  }

  float(field: WireField): number {
    if (field.wireType !== 5) throw this.invalid(`field ${field.number} at byte ${field.begin} is no float`);
    const content = Buffer.alloc(4);
    this.readFully(content, field.begin);
    return content.readFloatLE(0);
  }

  private field(number: number, wireType: number, begin: number, end: number): WireField {
    if (wireType === 0) {
      const { value, next } = this.varint(begin, end);
      return { number, wireType, value, begin, end: next };
    }
    if (wireType === 2) {
      const { value: length, next } = this.varint(begin, end);
      if (length < 0 || length > end - next) {
        throw this.invalid(`field ${number} at byte ${begin} claims ${length} bytes of ${end - next}`);
      }
      return { number, wireType, value: 0, begin: next, end: next + length };
    }
    if (wireType !== 1 && wireType !== 5) {
      throw this.invalid(`field ${number} at byte ${begin} has the unknown wire type ${wireType}`);
    }
    const length = wireType === 1 ? 8 : 4;
    if (length > end - begin) throw this.invalid(`field ${number} is cut off at byte ${begin}`);
    return { number, wireType, value: 0, begin, end: begin + length };
  }

  /** The ten-byte varint at `position`, exactly where a number can hold it. */
  private signed(position: number): number {
    return Number(this.exact(position, position + 10));
  }

  private exact(position: number, end: number): bigint {
    let bits = 0n;
    for (let at = position; at < end; at++)
      bits |= BigInt(this.byte(at) & 0x7f) << BigInt(7 * (at - position));
    return BigInt.asIntN(64, bits);
  }

  private byte(position: number): number {
    if (position < this.windowStart || position >= this.windowEnd) {
      const length = Math.min(windowBytes, this.size - position);
      this.readFully(this.window.subarray(0, Math.max(length, 0)), position);
      this.windowStart = position;
      this.windowEnd = position + length;
    }
    const byte = this.window[position - this.windowStart];
    if (byte === undefined) throw this.invalid(`it ends at byte ${position}`);
    return byte;
  }

  private readFully(into: Buffer, position: number): void {
    if (position >= this.windowStart && position + into.byteLength <= this.windowEnd) {
      this.window.copy(into, 0, position - this.windowStart);
      return;
    }
    let done = 0;
    while (done < into.byteLength) {
      const count = readSync(this.fd, into, done, into.byteLength - done, position + done);
      if (count === 0) throw this.invalid('it ended while it was read');
      done += count;
    }
  }
}
