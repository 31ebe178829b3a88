import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode';
import {
  constantBytes,
  type ExternalLayout,
  externalDataChunks,
  planExternalData,
} from '../onnx/externalData';
import type { Graph } from '../onnx/model';
import { loadOrt, type Ort } from './onnxRuntime';

/** A tensor on its way into or out of a simulated graph. */
export interface SimulationTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

/** The floats of a tensor; none where there is no tensor or another type. */
export function floatsIn(tensor: SimulationTensor | undefined): Float32Array {
  return tensor?.data instanceof Float32Array ? tensor.data : new Float32Array();
}

/** Memory through which constants go to one session after the other; ONNX Runtime copies them. */
export class Staging {
  private bytes = new Uint8Array();

  /** So many bytes, good until the next call. Fresh memory would cost several times the time of filling it. */
  take(byteLength: number): Uint8Array {
    if (this.bytes.byteLength < byteLength) this.bytes = new Uint8Array(byteLength);
    return this.bytes.subarray(0, byteLength);
  }
}

export interface SimulationOptions {
  /** Inside one operator. */
  readonly threads: number;
  /** Shared by simulations that are opened one after the other. */
  readonly staging?: Staging;
  /** Computes node by node as written, without any fusion; for comparison. */
  readonly unoptimised?: boolean;
}

/** Graphs with fewer bytes of constants are one message. */
const inlineBytes = 2 ** 20;

/** Graphs with more bytes of constants pass through a file, since ONNX Runtime copies what it is handed in memory. */
const memoryBytes = 512 * 2 ** 20;

const weightsFile = 'weights.bin';

/**
 * A graph in which quantizers are simulated, open on the CPU. Whatever the runtime fuses, quantizers stay where they
 * are: a pair that it took for a request to compute in integers would be measured as something else.
 */
export class Simulation {
  private constructor(
    private readonly opened: OpenedSession,
    private readonly makeTensor: (tensor: SimulationTensor) => Tensor,
  ) {}

  /** @throws {StudioError} what loading a weight throws; errors of ONNX Runtime as they are */
  static async open(
    graph: Graph,
    { threads, staging = new Staging(), unoptimised = false }: SimulationOptions,
  ): Promise<Simulation> {
    const ort = await loadOrt();
    const options = {
      executionProviders: ['cpu'],
      // `all` is a fifth quicker on Nano's encoder, but its blocked convolutions add in another order: at 8 bits that
      // tips values over to the next step, and the SQNR of scores of attention moved by 0.4 dB.
      graphOptimizationLevel: unoptimised ? ('disabled' as const) : ('extended' as const),
      // A planned block would be taken besides the memory of the first run, which other samples then leave unused.
      enableMemPattern: false,
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4 as const,
      // Keys of onnxruntime_session_options_config_keys.h.
      extra: {
        session: {
          disable_quant_qdq: '1',
          disable_double_qdq_remover: '1',
          disable_qdq_constant_folding: '1',
          intra_op: { allow_spinning: '0' },
        },
      },
    };
    const makeTensor = ({ type, dims, data }: SimulationTensor): Tensor =>
      new ort.Tensor(type as 'float32', data as Float32Array, dims);
    return new Simulation(await openedSession(ort, graph, options, staging), makeTensor);
  }

  async run(feeds: Readonly<Record<string, SimulationTensor>>): Promise<Record<string, SimulationTensor>> {
    const tensors = Object.entries(feeds).map(([name, tensor]) => [name, this.makeTensor(tensor)] as const);
    const results = await this.opened.session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { type, dims, data: data as unknown as ArrayBufferView },
      ]),
    );
  }

  async close(): Promise<void> {
    const { session, folder } = this.opened;
    await session.release();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

interface OpenedSession {
  readonly session: InferenceSession;
  /** Holds the model while the session is open. */
  readonly folder?: string;
}

async function openedSession(
  ort: Ort,
  graph: Graph,
  options: InferenceSession.SessionOptions,
  staging: Staging,
): Promise<OpenedSession> {
  const constants = constantBytes(graph);
  if (constants <= inlineBytes) {
    const bytes = Buffer.concat([...encodeModel(graph)]);
    return { session: await ort.InferenceSession.create(bytes, options) };
  }
  const layout = planExternalData(graph, weightsFile);
  if (constants <= memoryBytes) {
    const bytes = Buffer.concat([...encodeModel(graph, layout)]);
    const externalData = [{ path: weightsFile, data: staged(graph, layout, staging) }];
    return { session: await ort.InferenceSession.create(bytes, { ...options, externalData }) };
  }
  const folder = await mkdtemp(join(tmpdir(), 'autoneural-simulation-'));
  try {
    await write(join(folder, weightsFile), externalDataChunks(graph, layout));
    const path = join(folder, 'graph.onnx');
    await write(path, encodeModel(graph, layout));
    return { session: await ort.InferenceSession.create(path, options), folder };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What the file of weights would hold. */
function staged(graph: Graph, layout: ExternalLayout, staging: Staging): Uint8Array {
  const content = staging.take(layout.byteLength);
  for (const { name, data } of graph.initializers) {
    const slot = layout.slots.get(name);
    if (slot === undefined) continue;
    const target = content.subarray(slot.offset, slot.offset + slot.length);
    if (data instanceof Uint8Array) target.set(data);
    else if (data.loadInto !== undefined) data.loadInto(target);
    else target.set(data.load());
  }
  return content;
}

async function write(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
