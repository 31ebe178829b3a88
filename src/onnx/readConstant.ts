import { closeSync, constants, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { StudioError } from '../protocol/failure';
import type { ElementType, Tensor } from './model';
import type { LazyBytes } from './protobuf';
import type { ExternalFiles } from './readExternal';
import { extentOf, findFields } from './readTensor';
import { type WireField, WireFile } from './readWire';

/** Smaller constants are read at once: sizes and axes are among them. */
const eagerBytes = 4096;

/** Field of `TensorProto` that holds elements of a type when they are not raw. */
const typedFieldOf: Readonly<Partial<Record<string, number>>> = {
  float32: 4,
  complex64: 4,
  int64: 7,
  string: 6,
  float64: 10,
  complex128: 10,
  uint32: 11,
  uint64: 11,
};
const int32Field = 5;

/**
 * A `TensorProto` whose data is read when it is asked for, from the same file or the one beside it.
 * @throws {StudioError} `model-invalid` when shape, type and place of the data do not fit together; the same from
 * `data.load` when the file has become another one since
 */
export function readConstant(
  file: WireFile,
  external: ExternalFiles,
  message: WireField,
  path: string,
): Tensor {
  const found = findFields(file, message);
  const { type, elements, bytes } = extentOf(file, found);
  const tensor = { name: found.name, type: type as ElementType, dims: found.dims };
  if (type === 'string') return { ...tensor, data: stringFields(file, message) };
  if (found.isExternal) {
    const place = external.check(found.name, found.external, bytes);
    return { ...tensor, data: eager(fileBytes(place.path, place.offset, bytes)) };
  }
  if (found.raw !== undefined) {
    const length = file.bytesField(found.raw);
    if (length !== bytes) {
      throw file.invalid(
        `tensor ${found.name} of shape [${found.dims.join()}] has ${length} bytes instead of ${bytes}`,
      );
    }
    return { ...tensor, data: eager(fileBytes(path, found.raw.begin, bytes)) };
  }
  if (elements > 0 && found.typed.length === 0) throw file.invalid(`tensor ${found.name} has no data`);
  const load = (): Uint8Array => {
    const again = WireFile.open(path);
    try {
      return typedBytes(again, message, tensor, bytes);
    } finally {
      again.close();
    }
  };
  return { ...tensor, data: eager({ byteLength: bytes, load }) };
}

function eager(bytes: LazyBytes): Uint8Array | LazyBytes {
  return bytes.byteLength <= eagerBytes ? bytes.load() : bytes;
}

/** Part of a file that was checked before: no link is followed, in case it was exchanged for one. */
function fileBytes(path: string, offset: number, byteLength: number): LazyBytes {
  const loadInto = (bytes: Uint8Array): void => {
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      let done = 0;
      while (done < byteLength) {
        const count = readSync(fd, bytes, done, Math.min(byteLength - done, 2 ** 30), offset + done);
        if (count === 0) throw changed(path);
        done += count;
      }
    } finally {
      closeSync(fd);
    }
  };
  const load = (): Uint8Array => {
    const bytes = new Uint8Array(byteLength);
    loadInto(bytes);
    return bytes;
  };
  return { byteLength, load, loadInto };
}

function changed(path: string): StudioError {
  const message = `${basename(path)} became shorter while it was read; wait until it is written, then try again.`;
  return new StudioError('model-invalid', message);
}

function stringFields(file: WireFile, message: WireField): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of file.message(message.begin, message.end)) {
    if (field.number !== 6) continue;
    const length = file.bytesField(field);
    if (length > 2 ** 20) throw file.invalid(`a string of ${length} bytes at byte ${field.begin}`);
    parts.push(Buffer.from([0x32, ...lengthPrefix(length)]), file.bytes(field));
  }
  return Buffer.concat(parts);
}

function lengthPrefix(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Little-endian bytes of elements that a file holds in a field of their type, packed or one by one. */
function typedBytes(
  file: WireFile,
  message: WireField,
  { name, type }: { readonly name: string; readonly type: ElementType },
  byteLength: number,
): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  const number = typedFieldOf[type] ?? int32Field;
  let done = 0;
  for (const field of file.message(message.begin, message.end)) {
    if (field.number !== number) continue;
    const part = number === 4 || number === 10 ? fixedPart(file, field) : integerPart(file, field, type);
    if (part.byteLength > byteLength - done)
      throw file.invalid(`tensor ${name} has more data than its shape`);
    bytes.set(part, done);
    done += part.byteLength;
  }
  if (done !== byteLength) throw file.invalid(`tensor ${name} has ${done} bytes instead of ${byteLength}`);
  return bytes;
}

/** Floats and doubles stand in the wire format as they stand in memory. */
function fixedPart(file: WireFile, field: WireField): Uint8Array {
  if (field.wireType === 0) throw file.invalid(`field ${field.number} at byte ${field.begin} is no float`);
  return file.bytes(field);
}

/** Bytes of one element as `int32_data` and its sisters hold it; two 4-bit elements share one. */
const integerBytes: Readonly<Partial<Record<ElementType, number>>> = {
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  int16: 2,
  uint16: 2,
  float16: 2,
  bfloat16: 2,
};

function integerPart(file: WireFile, field: WireField, type: ElementType): Uint8Array {
  const width = integerBytes[type] ?? 1;
  const values: bigint[] = [];
  file.bigInts(field, values);
  const bytes = new Uint8Array(values.length * width);
  for (const [index, value] of values.entries()) {
    let rest = BigInt.asUintN(64, value);
    for (let byte = 0; byte < width; byte++, rest >>= 8n) bytes[index * width + byte] = Number(rest & 0xffn);
  }
  return bytes;
}
