import {
  type Attribute,
  type Dimension,
  type ElementType,
  elementTypes,
  type Graph,
  type GraphValue,
  type Node,
  type Tensor,
} from './model';
import { inOrder } from './nodeOrder';
import { readConstant } from './readConstant';
import { ExternalFiles } from './readExternal';
import {
  childOf,
  fieldsOf,
  maxAttributeInts,
  maxNodes,
  maxTensors,
  maxValues,
  push,
  readDims,
  readNode,
  readOpset,
} from './readFields';
import { type WireField, WireFile } from './readWire';

/** Deeper than any exporter nests its branches and loops. */
const maxDepth = 16;
const maxFunctions = 4096;
const maxEncodedBytes = 16 * 2 ** 20;
const typeNames = new Map<number, ElementType>(
  Object.entries(elementTypes).map(([name, number]) => [number, name as ElementType]),
);

interface Source {
  readonly file: WireFile;
  readonly external: ExternalFiles;
  readonly path: string;
}

/**
 * Reads a whole ONNX file so that `encodeModel` writes one that computes the same. Weights are read when they are
 * asked for, from the file as it is then. `Constant` nodes become initializers, nodes come in an order in which every
 * value is there before it is read, and inputs that have an initializer (ONNX before IR 4 lists all of them) are
 * constants. Texts for people, shapes of inner values and metadata are left out.
 * @throws {StudioError} `file-missing`, or `model-invalid` with what is wrong
 */
export function readGraph(path: string): Graph {
  const file = WireFile.open(path);
  try {
    const source = { file, external: new ExternalFiles(file, path), path };
    const opsets: Record<string, number> = Object.create(null);
    const functions: Uint8Array[] = [];
    let graph: Graph | undefined;
    for (const field of file.message(0, file.size)) {
      if (field.number === 7) {
        if (graph !== undefined) throw file.invalid('it holds two graphs');
        graph = readParts(source, field, 0);
      } else if (field.number === 8) readOpset(file, field, opsets);
      else if (field.number === 25) push(file, functions, encoded(file, field), maxFunctions, 'functions');
    }
    if (graph === undefined) throw file.invalid('it holds no graph');
    if (Object.keys(opsets).length === 0) throw file.invalid('it names no operator set');
    const ordered = inOrder(graph, problem => file.invalid(problem));
    return { ...ordered, opsets, functions };
  } finally {
    file.close();
  }
}

function readParts(source: Source, message: WireField, depth: number): Graph {
  const { file, external, path } = source;
  if (depth > maxDepth) throw file.invalid(`its subgraphs are nested more than ${maxDepth} deep`);
  let name = '';
  const nodes: Node[] = [];
  const tensors = new Map<string, Tensor>();
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const addTensor = (tensor: Tensor): void => {
    if (tensors.has(tensor.name)) throw file.invalid(`two tensors are named ${tensor.name}`);
    tensors.set(tensor.name, tensor);
    if (tensors.size > maxTensors) throw file.invalid(`it has more than ${maxTensors} tensors`);
  };
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1)
      push(
        file,
        nodes,
        readNode(file, field, attribute => readAttribute(source, attribute, depth)),
        maxNodes,
        'nodes',
      );
    else if (field.number === 2) name = file.text(field);
    else if (field.number === 5) addTensor(readConstant(file, external, field, path));
    else if (field.number === 11) push(file, inputs, readValue(file, field), maxValues, 'inputs');
    else if (field.number === 12) push(file, outputs, readValue(file, field), maxValues, 'outputs');
    else if (field.number === 15) throw file.invalid('it holds sparse tensors, which are not supported');
  }
  const given = new Set(outputs.map(output => output.name));
  const kept = nodes.filter(node => {
    const constant = constantOf(node);
    if (constant === undefined || given.has(constant.name)) return true;
    addTensor(constant);
    return false;
  });
  const free = inputs.filter(input => !tensors.has(input.name));
  return { name, inputs: free, outputs, nodes: kept, initializers: [...tensors.values()], opsets: {} };
}

/** What has no form in {@link Attribute}, or would lose something in it, is kept as it stands in the file. */
function readAttribute(source: Source, message: WireField, depth: number): [string, Attribute] {
  const { file, external, path } = source;
  let name = '';
  let type = 0;
  const ints: number[] = [];
  const floats: number[] = [];
  let value: Attribute | undefined;
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) name = file.text(field);
    else if (field.number === 2) value = { float: file.float(field) };
    else if (field.number === 3) value = { int: file.int(field) };
    else if (field.number === 4) value = readString(file, field);
    else if (field.number === 5) value = { tensor: readConstant(file, external, field, path) };
    else if (field.number === 6) value = { graph: readParts(source, field, depth + 1) };
    else if (field.number === 7) file.floats(field, floats, maxAttributeInts);
    else if (field.number === 8) file.ints(field, ints, maxAttributeInts);
    else if (field.number === 20) type = file.int(field);
  }
  // An empty list leaves no trace but its type.
  if (type === 7 || ints.length > 0) value = { ints };
  else if (type === 6 || floats.length > 0) value = { floats };
  if (value === undefined || !isExact(value)) return [name, { encoded: encoded(file, message) }];
  return [name, value];
}

function readString(file: WireFile, field: WireField): Attribute | undefined {
  if (file.bytesField(field) > maxAttributeInts) return undefined;
  try {
    return { string: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.bytes(field)) };
  } catch {
    return undefined;
  }
}

function isExact(value: Attribute): boolean {
  if ('int' in value) return Number.isSafeInteger(value.int);
  return !('ints' in value) || value.ints.every(Number.isSafeInteger);
}

function encoded(file: WireFile, field: WireField): Uint8Array {
  const length = file.bytesField(field);
  if (length > maxEncodedBytes) throw file.invalid(`an attribute of ${length} bytes at byte ${field.begin}`);
  return file.bytes(field);
}

function readValue(file: WireFile, message: WireField): GraphValue {
  let name = '';
  let typeField: WireField | undefined;
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) name = file.text(field);
    else if (field.number === 2) typeField = field;
  }
  const tensorType = typeField === undefined ? undefined : childOf(file, typeField, 1);
  if (typeField === undefined || tensorType === undefined) {
    const other = typeField === undefined ? {} : { encodedType: encoded(file, typeField) };
    return { name, type: undefined, dims: undefined, ...other };
  }
  let type: ElementType | undefined;
  let dims: readonly Dimension[] | undefined;
  for (const field of fieldsOf(file, tensorType)) {
    if (field.number === 1) type = typeNames.get(file.int(field));
    else if (field.number === 2) dims = readDims(file, field);
  }
  return { name, type, dims };
}

/** The tensor of a `Constant` node, under the name of its output; undefined for other nodes and for strings. */
function constantOf({ op, domain, outputs, attributes }: Node): Tensor | undefined {
  const [name] = outputs;
  if (op !== 'Constant' || domain !== '' || name === undefined) return undefined;
  const { value, value_float: float, value_floats: floats, value_int: int, value_ints: ints } = attributes;
  if (value !== undefined && 'tensor' in value) return { ...value.tensor, name };
  if (float !== undefined && 'float' in float) return floatTensor(name, [], [float.float]);
  if (floats !== undefined && 'floats' in floats)
    return floatTensor(name, [floats.floats.length], floats.floats);
  if (int !== undefined && 'int' in int) return intTensor(name, [], [int.int]);
  if (ints !== undefined && 'ints' in ints) return intTensor(name, [ints.ints.length], ints.ints);
  return undefined;
}

function floatTensor(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  return { name, type: 'float32', dims, data: new Uint8Array(Float32Array.from(values).buffer) };
}

function intTensor(name: string, dims: readonly number[], values: readonly number[]): Tensor {
  return { name, type: 'int64', dims, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}
