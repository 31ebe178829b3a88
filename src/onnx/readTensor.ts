import type { ExternalFiles } from './readExternal';
import type { WireField, WireFile } from './readWire';
import {
  bytesOfElements,
  elementTypeName,
  maxKnownValues,
  numbersOf,
  type StructureTensor,
} from './structure';

const maxRank = 32;
const maxExternalEntries = 16;

/** Fields of `TensorProto` that hold data in a type of their own, and the element types each is for. */
const typedData: Readonly<Record<number, string>> = { 4: 'float32', 5: 'int32', 7: 'int64' };

/** The fields of a `TensorProto`, before its data is looked at. */
export interface TensorFields {
  readonly dims: number[];
  readonly external: Map<string, string>;
  readonly numbers: number[];
  name: string;
  typeNumber: number;
  isExternal: boolean;
  raw: WireField | undefined;
  typed: WireField[];
}

/**
 * A `TensorProto` without its data: only short integer and float constants are read.
 * @throws {StudioError} `model-invalid` when shape, type and data do not fit together
 */
export function readTensor(file: WireFile, external: ExternalFiles, message: WireField): StructureTensor {
  const found = findFields(file, message);
  const { name, dims, raw, typed } = found;
  const { type, elements, bytes } = extentOf(file, found);
  const tensor = { name, type, dims, elements, bytes };
  if (found.isExternal) {
    if (type === 'string') throw file.invalid(`tensor ${name} of strings lies in another file`);
    external.check(name, found.external, bytes);
    return tensor;
  }
  if (raw !== undefined && type !== 'string') {
    const length = file.bytesField(raw);
    if (length !== bytes) {
      throw file.invalid(`tensor ${name} of shape [${dims.join()}] has ${length} bytes instead of ${bytes}`);
    }
  } else if (elements > 0 && typed.length === 0) throw file.invalid(`tensor ${name} has no data`);
  const values = elements > maxKnownValues ? undefined : readValues(file, type, elements, raw, typed);
  return values === undefined ? tensor : { ...tensor, values };
}

/** Type, number of elements and bytes of a tensor; of strings 0 bytes, since their length is not known. */
export function extentOf(
  file: WireFile,
  { name, dims, typeNumber }: TensorFields,
): { type: string; elements: number; bytes: number } {
  const elements = product(file, name, dims);
  const type = typeNumber === 8 ? 'string' : elementTypeName(typeNumber);
  if (type === undefined) throw file.invalid(`tensor ${name} has the unknown element type ${typeNumber}`);
  const bytes = bytesOfElements(type, elements);
  if (!Number.isSafeInteger(bytes)) throw file.invalid(`tensor ${name} has a shape beyond all memory`);
  return { type, elements, bytes };
}

/** @throws {StudioError} `model-invalid` when the message is damaged or holds its data in segments */
export function findFields(file: WireFile, message: WireField): TensorFields {
  const found: TensorFields = {
    dims: [],
    external: new Map(),
    numbers: [],
    name: '',
    typeNumber: 0,
    isExternal: false,
    raw: undefined,
    typed: [],
  };
  file.bytesField(message);
  for (const field of file.message(message.begin, message.end)) {
    switch (field.number) {
      case 1:
        file.ints(field, found.dims, maxRank);
        break;
      case 2:
        found.typeNumber = file.int(field);
        break;
      case 3:
        throw file.invalid('it holds a tensor in segments');
      case 8:
        found.name = file.text(field);
        break;
      case 9:
        found.raw = field;
        break;
      case 13:
        readEntry(file, field, found.external);
        break;
      case 14:
        found.isExternal = file.int(field) === 1;
        break;
      default:
        // One more than can be of interest is enough to know that there are too many.
        if (field.number <= 11 && found.typed.length <= maxKnownValues) found.typed.push(field);
    }
  }
  return found;
}

function readEntry(file: WireFile, message: WireField, into: Map<string, string>): void {
  file.bytesField(message);
  let key = '';
  let value = '';
  for (const field of file.message(message.begin, message.end)) {
    if (field.number === 1) key = file.text(field);
    else if (field.number === 2) value = file.text(field);
  }
  into.set(key, value);
  if (into.size > maxExternalEntries) throw file.invalid('a tensor has too many entries of external data');
}

function product(file: WireFile, name: string, dims: readonly number[]): number {
  let elements = 1;
  for (const size of dims) {
    if (!Number.isSafeInteger(size) || size < 0) throw file.invalid(`tensor ${name} has a side of ${size}`);
    elements *= size;
  }
  // A zero must not hide an overflow from those who multiply in another order.
  const extent = dims.reduce((sides, size) => sides * Math.max(size, 1), 1);
  if (!Number.isSafeInteger(extent)) throw file.invalid(`tensor ${name} has a shape beyond all memory`);
  return elements;
}

function readValues(
  file: WireFile,
  type: string,
  elements: number,
  raw: WireField | undefined,
  typed: readonly WireField[],
): number[] | undefined {
  if (raw !== undefined) return type === 'string' ? undefined : numbersOf(type, file.bytes(raw));
  const fields = typed.filter(({ number }) => typedData[number] === type);
  const values: number[] = [];
  for (const field of fields) {
    if (type !== 'float32') file.ints(field, values, maxKnownValues);
    else if (field.wireType === 5) values.push(file.float(field));
    else if (file.bytesField(field) <= 4 * maxKnownValues && (field.end - field.begin) % 4 === 0) {
      values.push(...(numbersOf('float32', file.bytes(field)) ?? []));
    }
  }
  return values.length === elements && fields.length > 0 ? values : undefined;
}
