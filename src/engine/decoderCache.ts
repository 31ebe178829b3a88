/** Rows by which the past grows: its length is a shape of the graph, and few shapes keep ONNX Runtime's plans warm. */
export const bucketRows = 256;

/** Shape of a decoder's memory; indices are those of the layers. */
export interface CacheShape {
  attentionLayers: readonly number[];
  convLayers: readonly number[];
  keyValueHeads: number;
  headDim: number;
  hiddenSize: number;
  /** Columns of a short convolution's state. */
  convColumns: number;
}

/** Keys or values of one attention layer: [1, keyValueHeads, capacity, headDim], of which the first rows are filled. */
interface Rows {
  key: Float32Array;
  value: Float32Array;
}

/** What a decoder run gives back for one layer: only the new rows [1, keyValueHeads, count, headDim]. */
export interface NewRows {
  key: Float32Array;
  value: Float32Array;
}

/** The states of the short convolutions at one place of the text, by layer. */
export type ConvStates = ReadonlyMap<number, Float32Array>;

/**
 * The decoder's memory of the text so far. Keys and values can be cut back to any length; a short convolution's state
 * is known only at the end and where {@link ConvStates} were kept.
 */
export class DecoderCache {
  /** Rows that are filled: tokens remembered. */
  length = 0;
  /** Rows there is room for; a multiple of {@link bucketRows}. */
  capacity = 0;
  readonly rows = new Map<number, Rows>();
  conv: ConvStates;

  constructor(readonly shape: CacheShape) {
    const empty = new Float32Array(0);
    for (const layer of shape.attentionLayers) this.rows.set(layer, { key: empty, value: empty });
    this.conv = this.emptyConv();
  }

  /** Makes room for `count` more rows. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.capacity) return;
    const capacity = Math.ceil(needed / bucketRows) * bucketRows;
    for (const rows of this.rows.values()) {
      rows.key = this.moved(rows.key, capacity);
      rows.value = this.moved(rows.value, capacity);
    }
    this.capacity = capacity;
  }

  /** Takes in what one run returned. */
  append(count: number, newRows: ReadonlyMap<number, NewRows>, conv: ConvStates): void {
    this.reserve(count);
    for (const [layer, rows] of this.rows) {
      const fresh = newRows.get(layer);
      if (fresh === undefined) throw new Error(`the decoder returned nothing for attention layer ${layer}`);
      this.copyRows(fresh.key, count, rows.key, this.capacity, this.length, count);
      this.copyRows(fresh.value, count, rows.value, this.capacity, this.length, count);
    }
    this.conv = conv;
    this.length += count;
  }

  /** Forgets everything behind `length` rows; `conv` are the states that were kept there. */
  cutTo(length: number, conv: ConvStates): void {
    if (length > this.length) throw new Error(`cannot cut ${this.length} rows to ${length}`);
    this.length = length;
    this.conv = conv;
  }

  clear(): void {
    this.cutTo(0, this.emptyConv());
  }

  private emptyConv(): ConvStates {
    const size = this.shape.hiddenSize * this.shape.convColumns;
    return new Map(this.shape.convLayers.map(layer => [layer, new Float32Array(size)]));
  }

  private moved(from: Float32Array, capacity: number): Float32Array {
    const to = new Float32Array(this.shape.keyValueHeads * capacity * this.shape.headDim);
    this.copyRows(from, this.capacity, to, capacity, 0, this.length);
    return to;
  }

  /** Copies the first `count` rows of every head to row `at` of the other array. */
  private copyRows(
    from: Float32Array,
    fromRows: number,
    to: Float32Array,
    toRows: number,
    at: number,
    count: number,
  ): void {
    const { keyValueHeads, headDim } = this.shape;
    for (let head = 0; head < keyValueHeads; head++) {
      const start = head * fromRows * headDim;
      to.set(from.subarray(start, start + count * headDim), (head * toRows + at) * headDim);
    }
  }
}
