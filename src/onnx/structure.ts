import type { Attribute, Dimension, Graph, Node, PlainAttribute, Tensor } from './model';

/** Number, bits of one element and name of every `TensorProto.DataType` with a fixed size (onnx.proto of ONNX 1.18). */
const elementTypeTable: readonly (readonly [number, number, string])[] = [
  [1, 32, 'float32'],
  [2, 8, 'uint8'],
  [3, 8, 'int8'],
  [4, 16, 'uint16'],
  [5, 16, 'int16'],
  [6, 32, 'int32'],
  [7, 64, 'int64'],
  [9, 8, 'bool'],
  [10, 16, 'float16'],
  [11, 64, 'float64'],
  [12, 32, 'uint32'],
  [13, 64, 'uint64'],
  [14, 64, 'complex64'],
  [15, 128, 'complex128'],
  [16, 16, 'bfloat16'],
  [17, 8, 'float8e4m3fn'],
  [18, 8, 'float8e4m3fnuz'],
  [19, 8, 'float8e5m2'],
  [20, 8, 'float8e5m2fnuz'],
  [21, 4, 'uint4'],
  [22, 4, 'int4'],
  [23, 4, 'float4e2m1'],
  [24, 8, 'float8e8m0'],
];
const elementTypeOf = new Map(
  elementTypeTable.map(([number, bits, name]) => [number, { name, bits }] as const),
);
const elementBits = new Map(elementTypeTable.map(([, bits, name]) => [name, bits] as const));

/** Name of an element type; undefined for strings and for types this program does not know. */
export function elementTypeName(number: number): string | undefined {
  return elementTypeOf.get(number)?.name;
}

/** Bytes of `count` elements of a known type; 4-bit elements lie two to a byte. */
export function bytesOfElements(type: string, count: number): number {
  return Math.ceil(((elementBits.get(type) ?? 0) * count) / 8);
}

/** A constant of a graph without its data. */
export interface StructureTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  /** Content of short int64, int32 and float32 constants: sizes, axes and factors of sizes are given by them. */
  readonly values?: readonly number[];
}

/** `other` stands for kinds that say nothing about sizes: lists of floats or strings, types, subgraphs. */
export type StructureAttribute =
  | PlainAttribute
  | { readonly tensor: StructureTensor }
  | { readonly other: 'subgraph' | 'list' };

export interface StructureNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, StructureAttribute>>;
}

/** An operator with its domain, where it is not a standard one. */
export function operatorName({ domain, op }: StructureNode): string {
  return domain === '' ? op : `${domain}:${op}`;
}

/** An input or output; `dims` is undefined where the file does not say them, `''` is a size without a name. */
export interface StructureValue {
  readonly name: string;
  readonly dims: readonly Dimension[] | undefined;
}

/** What can be known of a graph without its weights. */
export interface Structure {
  readonly name: string;
  readonly inputs: readonly StructureValue[];
  readonly outputs: readonly StructureValue[];
  readonly nodes: readonly StructureNode[];
  readonly tensors: ReadonlyMap<string, StructureTensor>;
  readonly opsets: Readonly<Record<string, number>>;
}

/** Constants longer than this say no sizes. */
export const maxKnownValues = 256;

/** The structure of a graph in memory; its weights are not loaded. */
export function structureOf(graph: Graph): Structure {
  const { name, inputs, outputs, opsets } = graph;
  const tensors = new Map(graph.initializers.map(tensor => [tensor.name, structureOfTensor(tensor)]));
  return { name, inputs, outputs, opsets, tensors, nodes: graph.nodes.map(structureOfNode) };
}

function structureOfTensor({ name, type, dims, data }: Tensor): StructureTensor {
  const elements = dims.reduce((product, size) => product * size, 1);
  const tensor = { name, type, dims, elements, bytes: data.byteLength };
  if (elements > maxKnownValues || !(data instanceof Uint8Array)) return tensor;
  const values = numbersOf(type, data);
  return values === undefined ? tensor : { ...tensor, values };
}

function structureOfNode(node: Node): StructureNode {
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => [name, structureOfAttribute(value)] as const,
  );
  return { ...node, attributes: Object.fromEntries(attributes) };
}

function structureOfAttribute(value: Attribute): StructureAttribute {
  if ('tensor' in value) return { tensor: structureOfTensor(value.tensor) };
  if ('graph' in value) return { other: 'subgraph' };
  return 'floats' in value || 'encoded' in value ? { other: 'list' } : value;
}

/** Little-endian numbers of a type that sizes are given in; undefined for any other. */
export function numbersOf(type: string, bytes: Uint8Array): number[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (width: number, at: (offset: number) => number): number[] =>
    Array.from({ length: bytes.byteLength / width }, (_, index) => at(index * width));
  if (type === 'int64') return read(8, offset => Number(view.getBigInt64(offset, true)));
  if (type === 'int32') return read(4, offset => view.getInt32(offset, true));
  if (type === 'float32') return read(4, offset => view.getFloat32(offset, true));
  return undefined;
}
