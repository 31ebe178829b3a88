import type { LazyBytes } from './protobuf';

/** `TensorProto.DataType` of onnx.proto (ONNX 1.18). */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
} as const;
export type ElementType = keyof typeof elementTypes;

/**
 * A constant of the graph. `data` is little-endian, row-major, without padding (`TensorProto.raw_data`); of strings,
 * the `string_data` fields as they stand in a file.
 */
export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | LazyBytes;
}

/** Attributes that builders write, and that say something about sizes. */
export type PlainAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };

/**
 * An attribute's ONNX type follows from its form; the pair forms exist because JS has one kind of number. `encoded` is
 * a whole `AttributeProto` that is passed on as it was read.
 */
export type Attribute =
  | PlainAttribute
  | { readonly floats: readonly number[] }
  | { readonly tensor: Tensor }
  | { readonly graph: Graph }
  | { readonly encoded: Uint8Array };

export interface Node {
  /** The place of the node, e.g. `vision.stage2.block3.attn.query`. */
  readonly name: string;
  readonly op: string;
  /** '' = the standard ONNX operators. */
  readonly domain: string;
  /** Value names; '' = an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A number, or the name of a dimension that is known only when the graph runs; '' = one without a name. */
export type Dimension = number | string;

export interface GraphValue {
  readonly name: string;
  /** Undefined where a file does not say it, or where the value is no tensor. */
  readonly type: ElementType | undefined;
  /** Undefined where not even the rank is known. */
  readonly dims: readonly Dimension[] | undefined;
  /** The `TypeProto` of a value that is no tensor, as it was read. */
  readonly encodedType?: Uint8Array;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  /** Version of each operator set the nodes use, by domain; empty in a subgraph. */
  readonly opsets: Readonly<Record<string, number>>;
  /** `FunctionProto`s of the model, as they were read. */
  readonly functions?: readonly Uint8Array[];
}
