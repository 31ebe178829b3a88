import type { LazyBytes } from './protobuf';

/** `TensorProto.DataType` of onnx.proto. */
export const elementTypes = { float32: 1, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

/** A constant of the graph. `data` is little-endian, row-major, without padding (`TensorProto.raw_data`). */
export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | LazyBytes;
}

/** An attribute's ONNX type follows from its form; the pair forms exist because JS has one kind of number. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };

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

/** A number, or the name of a dimension that is known only when the graph runs. */
export type Dimension = number | string;

export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  /** Version of each operator set the nodes use, by domain. */
  readonly opsets: Readonly<Record<string, number>>;
}
