import { readsOf } from '../../onnx/nodeOrder';
import type { Wiring } from './wiring';

/** How long a stretch may be. */
export interface SegmentLimits {
  /** Bytes of its constants; one node may have more. */
  readonly weightBytes: number;
  /** Number of its nodes. */
  readonly nodes: number;
}

/** A stretch of nodes that is one session, so that memory holds the weights of one stretch at a time. */
export interface Segment {
  /** Indices of the nodes, ascending. */
  readonly nodes: readonly number[];
  /** Values that come from earlier segments or are inputs of the graph. */
  readonly inputs: readonly string[];
  /** Values that later segments read. */
  readonly outputs: readonly string[];
}

/**
 * The nodes that `targets` depend on, cut into stretches within `limits`, each cut where the fewest values cross it.
 */
export function segmentsOf(wiring: Wiring, targets: readonly string[], limits: SegmentLimits): Segment[] {
  const nodes = ancestors(wiring, targets);
  const crossing = crossings(wiring, nodes);
  const stretches: number[][] = [];
  let rest = nodes;
  let offset = 0;
  while (rest.length > 0) {
    const most = countUpTo(wiring, rest, limits);
    let cut = most;
    if (most < rest.length) {
      for (let at = most; at > Math.ceil(most / 2); at--) {
        if ((crossing[offset + at - 1] ?? 0) < (crossing[offset + cut - 1] ?? 0)) cut = at;
      }
    }
    stretches.push(rest.slice(0, cut));
    rest = rest.slice(cut);
    offset += cut;
  }
  return stretches.map((stretch, index) => bounded(wiring, stretch, stretches.slice(index + 1).flat()));
}

function ancestors(wiring: Wiring, targets: readonly string[]): number[] {
  const found = new Set<number>();
  const stack = targets.map(value => wiring.maker(value));
  while (stack.length > 0) {
    const index = stack.pop();
    if (index === undefined || found.has(index)) continue;
    found.add(index);
    for (const name of readsOf(wiring.node(index))) stack.push(wiring.maker(name));
  }
  return [...found].sort((a, b) => a - b);
}

/** How many nodes fit, at least one. */
function countUpTo(wiring: Wiring, nodes: readonly number[], limits: SegmentLimits): number {
  const seen = new Set<string>();
  let bytes = 0;
  for (const [count, index] of nodes.entries()) {
    for (const name of readsOf(wiring.node(index))) {
      if (seen.has(name)) continue;
      seen.add(name);
      bytes += wiring.constants.get(name)?.data.byteLength ?? 0;
    }
    if (count >= limits.nodes || (bytes > limits.weightBytes && count > 0)) return count;
  }
  return nodes.length;
}

/** Number of values that are alive behind each node. */
function crossings(wiring: Wiring, nodes: readonly number[]): number[] {
  const change = new Array<number>(nodes.length + 1).fill(0);
  const place = new Map(nodes.map((index, position) => [index, position]));
  for (const [position, index] of nodes.entries()) {
    for (const output of wiring.node(index).outputs) {
      const last = Math.max(position, ...wiring.readers(output).map(reader => place.get(reader) ?? position));
      change[position] = (change[position] ?? 0) + 1;
      change[last] = (change[last] ?? 0) - 1;
    }
  }
  let alive = 0;
  return change.map(difference => {
    alive += difference;
    return alive;
  });
}

function bounded(wiring: Wiring, nodes: readonly number[], later: readonly number[]): Segment {
  const made = new Set(nodes.flatMap(index => wiring.node(index).outputs));
  const inputs = new Set<string>();
  for (const index of nodes) {
    for (const name of readsOf(wiring.node(index))) {
      if (name !== '' && !made.has(name) && !wiring.constants.has(name)) inputs.add(name);
    }
  }
  const outputs = new Set<string>();
  for (const index of later) {
    for (const name of readsOf(wiring.node(index))) if (made.has(name)) outputs.add(name);
  }
  return { nodes, inputs: [...inputs], outputs: [...outputs] };
}
