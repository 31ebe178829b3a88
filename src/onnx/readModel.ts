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
import { readTensor } from './readTensor';
import { type WireField, WireFile } from './readWire';
import type {
  Structure,
  StructureAttribute,
  StructureNode,
  StructureTensor,
  StructureValue,
} from './structure';

/** The fields of a graph while it is read. */
interface Parts {
  name: string;
  readonly nodes: StructureNode[];
  readonly tensors: Map<string, StructureTensor>;
  readonly inputs: StructureValue[];
  readonly outputs: StructureValue[];
}

/**
 * Reads the structure of an ONNX file: nodes, shapes, the places of its weights, never the weights. Messages are read
 * to the depth the format gives a flat graph and no deeper: what stands inside a subgraph is left alone.
 * @throws {StudioError} `file-missing`, or `model-invalid` with what is wrong
 */
export function readModel(path: string): Structure {
  return readFile(path).structure;
}

/**
 * Names of the files beside an ONNX file that its weights lie in, as it names them.
 * @throws {StudioError} as {@link readModel}
 */
export function externalFilesOf(path: string): readonly string[] {
  return readFile(path).external.names;
}

function readFile(path: string): { structure: Structure; external: ExternalFiles } {
  const file = WireFile.open(path);
  try {
    const external = new ExternalFiles(file, path);
    const parts: Parts = { name: '', nodes: [], tensors: new Map(), inputs: [], outputs: [] };
    const opsets: Record<string, number> = Object.create(null);
    let graphs = 0;
    for (const field of file.message(0, file.size)) {
      if (field.number === 7) {
        graphs++;
        if (graphs > 1) throw file.invalid('it holds two graphs');
        readGraph(file, external, field, parts);
      } else if (field.number === 8) readOpset(file, field, opsets);
    }
    if (graphs === 0) throw file.invalid('it holds no graph');
    if (Object.keys(opsets).length === 0) throw file.invalid('it names no operator set');
    return { structure: { ...parts, opsets }, external };
  } finally {
    file.close();
  }
}

function readGraph(file: WireFile, external: ExternalFiles, message: WireField, parts: Parts): void {
  for (const field of fieldsOf(file, message)) {
    switch (field.number) {
      case 1:
        push(
          file,
          parts.nodes,
          readNode(file, field, attribute => readAttribute(file, external, attribute)),
          maxNodes,
          'nodes',
        );
        break;
      case 2:
        parts.name = file.text(field);
        break;
      case 5: {
        const tensor = readTensor(file, external, field);
        if (parts.tensors.has(tensor.name)) throw file.invalid(`two tensors are named ${tensor.name}`);
        parts.tensors.set(tensor.name, tensor);
        if (parts.tensors.size > maxTensors) throw file.invalid(`it has more than ${maxTensors} tensors`);
        break;
      }
      case 11:
        push(file, parts.inputs, readValue(file, field), maxValues, 'inputs');
        break;
      case 12:
        push(file, parts.outputs, readValue(file, field), maxValues, 'outputs');
        break;
      case 15:
        throw file.invalid('it holds sparse tensors, which are not supported');
    }
  }
}

function readAttribute(
  file: WireFile,
  external: ExternalFiles,
  message: WireField,
): [string, StructureAttribute] {
  let name = '';
  let type = 0;
  const ints: number[] = [];
  let value: StructureAttribute | undefined;
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) name = file.text(field);
    else if (field.number === 2) value = { float: file.float(field) };
    else if (field.number === 3) value = { int: file.int(field) };
    else if (field.number === 4) {
      // Operators' own payloads are stored as strings too: long ones are not names and say no sizes.
      const short = file.bytesField(field) <= 1024;
      value = short ? { string: Buffer.from(file.bytes(field)).toString('utf8') } : { other: 'list' };
    } else if (field.number === 5) value = { tensor: readTensor(file, external, field) };
    else if (field.number === 6 || field.number === 11) value = { other: 'subgraph' };
    else if (field.number === 8) file.ints(field, ints, maxAttributeInts);
    else if (field.number === 20) type = file.int(field);
  }
  // An empty list leaves no trace but its type.
  if (type === 7 || ints.length > 0) return [name, { ints }];
  return [name, value ?? { other: 'list' }];
}

function readValue(file: WireFile, message: WireField): StructureValue {
  let name = '';
  let dims: (number | string)[] | undefined;
  for (const field of fieldsOf(file, message)) {
    if (field.number === 1) name = file.text(field);
    else if (field.number === 2) {
      const tensorType = childOf(file, field, 1);
      const shape = tensorType === undefined ? undefined : childOf(file, tensorType, 2);
      if (shape !== undefined) dims = readDims(file, shape);
    }
  }
  return { name, dims };
}
