import { StudioError } from '../../protocol/failure';

export interface GroupSettings {
  readonly granularity: 'tensor' | 'channel' | 'block';
  readonly blockSize?: number;
}

/**
 * Which weights share a scale. The tensor is seen as [outer, rows, columns, inner]; the weight at (o, r, c, i) belongs
 * to group `rowGroup[r] + columnGroup[c]`.
 */
export interface WeightGroups {
  readonly count: number;
  readonly outer: number;
  readonly inner: number;
  readonly rowGroup: Int32Array;
  readonly columnGroup: Int32Array;
  /** Shape of the scales for DequantizeLinear, and the group of every scale: blocks repeat over the other axes. */
  readonly scaleDims: readonly number[];
  readonly spread: Int32Array;
  /** DequantizeLinear's attribute `axis`. */
  readonly scaleAxis: number;
}

/**
 * @param axis of the output channels; blocks lie along the axis after it where it is 0, else the one before.
 * @throws {StudioError} `usage` for blocks without a size.
 */
export function weightGroups(dims: readonly number[], axis: number, settings: GroupSettings): WeightGroups {
  const { granularity, blockSize } = settings;
  const channels = dims[axis];
  if (granularity === 'tensor' || channels === undefined || dims.length < 2) return oneGroup(dims);
  if (granularity === 'channel') return channelGroups(dims, axis, channels);
  if (blockSize === undefined || !Number.isInteger(blockSize) || blockSize < 1) {
    throw new StudioError('usage', 'Weights in blocks need a block size; give one, for example 32.');
  }
  return blockGroups(dims, axis, blockSize);
}

function oneGroup(dims: readonly number[]): WeightGroups {
  const group = Int32Array.of(0);
  const inner = product(dims);
  const view = { outer: 1, inner, rowGroup: group, columnGroup: group };
  return { ...view, count: 1, scaleDims: [], spread: group, scaleAxis: 0 };
}

function channelGroups(dims: readonly number[], axis: number, channels: number): WeightGroups {
  const rowGroup = Int32Array.from({ length: channels }, (_, channel) => channel);
  return {
    outer: product(dims.slice(0, axis)),
    inner: product(dims.slice(axis + 1)),
    rowGroup,
    columnGroup: Int32Array.of(0),
    count: channels,
    scaleDims: [channels],
    spread: rowGroup,
    scaleAxis: axis,
  };
}

function blockGroups(dims: readonly number[], axis: number, blockSize: number): WeightGroups {
  const inputAxis = axis === 0 ? 1 : axis - 1;
  const first = Math.min(axis, inputAxis);
  const blocks = Math.ceil((dims[inputAxis] as number) / blockSize);
  const channelFirst = first === axis;
  const groupsAlong = (length: number, ofChannels: boolean, size: number): Int32Array =>
    Int32Array.from({ length }, (_, at) => (ofChannels ? at * blocks : Math.floor(at / size)));
  const rowGroup = groupsAlong(dims[first] as number, channelFirst, blockSize);
  const columnGroup = groupsAlong(dims[first + 1] as number, !channelFirst, blockSize);
  const outer = product(dims.slice(0, first));
  const inner = product(dims.slice(first + 2));
  const scaleDims = dims.map((size, index) => (index === inputAxis ? blocks : size));
  const scaleRows = groupsAlong(scaleDims[first] as number, channelFirst, 1);
  const scaleColumns = groupsAlong(scaleDims[first + 1] as number, !channelFirst, 1);
  const spread = spreadOver(outer, scaleRows, scaleColumns, inner);
  const count = (dims[axis] as number) * blocks;
  return { outer, inner, rowGroup, columnGroup, count, scaleDims, spread, scaleAxis: inputAxis };
}

function spreadOver(outer: number, rows: Int32Array, columns: Int32Array, inner: number): Int32Array {
  const spread = new Int32Array(outer * rows.length * columns.length * inner);
  let at = 0;
  for (let block = 0; block < outer; block++) {
    for (const row of rows) {
      for (const column of columns) {
        spread.fill(row + column, at, at + inner);
        at += inner;
      }
    }
  }
  return spread;
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, size) => total * size, 1);
}
