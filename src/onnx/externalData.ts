import type { Graph, Tensor } from './model';

/** Where a tensor lies in the file of weights beside a graph. */
export interface ExternalSlot {
  readonly offset: number;
  readonly length: number;
}

/** The file of weights beside a graph (onnx.proto, `TensorProto.external_data`). */
export interface ExternalLayout {
  /** The file's name; it lies in the folder of the .onnx file. */
  readonly location: string;
  readonly slots: ReadonlyMap<string, ExternalSlot>;
  readonly byteLength: number;
}

/** Smaller tensors stay in the graph: shapes and axes must be known before weights are. */
const minTensorBytes = 1024;

/** Offsets a file can be mapped at, on Windows too. */
const alignment = 65_536;

/** Gives every large tensor of the graph its place in the file `location`, aligned so that it can be mapped. */
export function planExternalData(graph: Graph, location: string): ExternalLayout {
  const slots = new Map<string, ExternalSlot>();
  let end = 0;
  for (const { name, data } of outside(graph)) {
    const offset = Math.ceil(end / alignment) * alignment;
    slots.set(name, { offset, length: data.byteLength });
    end = offset + data.byteLength;
  }
  return { location, slots, byteLength: end };
}

/** The content of the file of weights as a sequence of chunks; tensors are loaded one by one while it is drained. */
export function* externalDataChunks(graph: Graph, layout: ExternalLayout): Generator<Uint8Array> {
  let position = 0;
  for (const { name, data } of outside(graph)) {
    const slot = layout.slots.get(name);
    if (slot === undefined) throw new Error(`${name} has no place in ${layout.location}`);
    if (slot.offset > position) yield new Uint8Array(slot.offset - position);
    const bytes = data instanceof Uint8Array ? data : data.load();
    if (bytes.byteLength !== slot.length) {
      throw new Error(`${name} has ${bytes.byteLength} bytes where ${slot.length} were planned`);
    }
    yield bytes;
    position = slot.offset + slot.length;
  }
}

/** Bytes of all constants of the graph. */
export function constantBytes(graph: Graph): number {
  return graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
}

function outside(graph: Graph): Tensor[] {
  return graph.initializers.filter(({ data }) => data.byteLength >= minTensorBytes);
}
