/** Element types that a graph's input can have here, by the name that ONNX Runtime gives them, and their arrays. */
export interface FeedArrays {
  float32: Float32Array;
  /** IEEE half precision, as bits. */
  float16: Uint16Array;
  float64: Float64Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  /** 0 or 1. */
  bool: Uint8Array;
}
export type FeedType = keyof FeedArrays;

export interface FeedTensor {
  readonly type: FeedType;
  readonly dims: readonly number[];
  /** Row-major; its class is that of {@link FeedArrays}. */
  readonly data: FeedArrays[FeedType];
}

/** One sample: a tensor for every input of a graph, by name. */
export type Feeds = Readonly<Record<string, FeedTensor>>;

/** What a graph says of an input; a dimension that is a name may have any size. */
export interface InputSpec {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

const types: ReadonlySet<string> = new Set<FeedType>([
  'float32',
  'float16',
  'float64',
  'int64',
  'int32',
  'uint8',
  'int8',
  'bool',
]);

export function isFeedType(type: string): type is FeedType {
  return types.has(type);
}
