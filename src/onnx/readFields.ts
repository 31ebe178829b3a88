import type { WireField, WireFile } from './readWire';

/** Bounds far above any network, so that a hostile file cannot fill the memory with small things. */
export const maxNodes = 500_000;
export const maxTensors = 500_000;
export const maxValues = 65_536;
const maxAttributes = 1024;
export const maxAttributeInts = 65_536;
const maxOpsets = 256;
const maxRank = 32;

/** Adds an `OperatorSetIdProto`; the standard domain is ''. */
export function readOpset(file: WireFile, message: WireField, into: Record<string, number>): void {
  let domain = '';
  let version = 0;
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) domain = file.text(field);
    else if (field.number === 2) version = file.int(field);
  }
  into[domain === 'ai.onnx' ? '' : domain] = version;
  if (Object.keys(into).length > maxOpsets)
    throw file.invalid(`it names more than ${maxOpsets} operator sets`);
}

/** Sizes of a `TensorShapeProto`. */
export function readDims(file: WireFile, message: WireField): (number | string)[] {
  const dims: (number | string)[] = [];
  for (const field of fieldsOf(file, message)) {
    if (field.number !== 1) continue;
    let dim: number | string = '';
    for (const part of fieldsOf(file, field)) {
      if (part.number === 2) dim = file.text(part);
      else if (part.number === 1) {
        const size = file.int(part);
        // Some exporters write 0 or -1 for a size that is not known.
        dim = size > 0 && Number.isSafeInteger(size) ? size : '';
      }
    }
    push(file, dims, dim, maxRank, 'sides of a shape');
  }
  return dims;
}

/** The last field of that number inside a message. */
export function childOf(file: WireFile, message: WireField, number: number): WireField | undefined {
  let found: WireField | undefined;
  for (const field of fieldsOf(file, message)) if (field.number === number) found = field;
  return found;
}

/** The fields of a submessage. */
export function fieldsOf(file: WireFile, message: WireField): Generator<WireField> {
  file.bytesField(message);
  return file.message(message.begin, message.end);
}

/** Appends an item that a file may hold only so many of. */
export function push<Item>(file: WireFile, list: Item[], item: Item, most: number, what: string): void {
  if (list.length >= most) throw file.invalid(`it has more than ${most} ${what}`);
  list.push(item);
}

/** A node as its message says it; what an attribute becomes is the reader's own. */
export function readNode<Attribute>(
  file: WireFile,
  message: WireField,
  readAttribute: (field: WireField) => [string, Attribute],
): {
  name: string;
  op: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
} {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Record<string, Attribute> = Object.create(null);
  let [name, op, domain, count] = ['', '', '', 0];
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) push(file, inputs, file.text(field), maxValues, 'inputs of a node');
    else if (field.number === 2) push(file, outputs, file.text(field), maxValues, 'outputs of a node');
    else if (field.number === 3) name = file.text(field);
    else if (field.number === 4) op = file.text(field);
    else if (field.number === 7) domain = file.text(field);
    else if (field.number === 5) {
      count++;
      if (count > maxAttributes) throw file.invalid(`node ${name} has more than ${maxAttributes} attributes`);
      const [key, value] = readAttribute(field);
      attributes[key] = value;
    }
  }
  if (op === '') throw file.invalid(`node ${name} has no operator`);
  return { name, op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes };
}
