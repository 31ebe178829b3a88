import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode';
import { externalDataChunks, planExternalData } from '../onnx/externalData';
import type { Graph } from '../onnx/model';
import { loadOrt } from './onnxRuntime';

/** A tensor on its way into or out of a simulated graph. */
export interface SimulationTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

export interface SimulationOptions {
  /** Inside one operator. */
  readonly threads: number;
  /** Computes node by node as written, without any fusion; for comparison. */
  readonly unoptimised?: boolean;
}

/** Graphs with fewer bytes of constants are handed over in memory. */
const inlineBytes = 32 * 2 ** 20;

/**
 * A graph in which quantizers are simulated, open on the CPU. Whatever the runtime fuses, quantizers stay where they
 * are: a pair that it took for a request to compute in integers would be measured as something else.
 */
export class Simulation {
  private constructor(
    private readonly session: InferenceSession,
    private readonly makeTensor: (tensor: SimulationTensor) => Tensor,
    private readonly folder: string | undefined,
  ) {}

  /** @throws {StudioError} what loading a weight throws; errors of ONNX Runtime as they are */
  static async open(graph: Graph, { threads, unoptimised = false }: SimulationOptions): Promise<Simulation> {
    const ort = await loadOrt();
    const options = {
      executionProviders: ['cpu'],
      graphOptimizationLevel: unoptimised ? ('disabled' as const) : ('extended' as const),
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
    const constants = graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (constants <= inlineBytes) {
      const bytes = Buffer.concat([...encodeModel(graph)]);
      return new Simulation(await ort.InferenceSession.create(bytes, options), makeTensor, undefined);
    }
    const folder = await mkdtemp(join(tmpdir(), 'autoneural-simulation-'));
    try {
      const layout = planExternalData(graph, 'weights.bin');
      await write(join(folder, layout.location), externalDataChunks(graph, layout));
      const path = join(folder, 'graph.onnx');
      await write(path, encodeModel(graph, layout));
      return new Simulation(await ort.InferenceSession.create(path, options), makeTensor, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async run(feeds: Readonly<Record<string, SimulationTensor>>): Promise<Record<string, SimulationTensor>> {
    const tensors = Object.entries(feeds).map(([name, tensor]) => [name, this.makeTensor(tensor)] as const);
    const results = await this.session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { type, dims, data: data as unknown as ArrayBufferView },
      ]),
    );
  }

  async close(): Promise<void> {
    await this.session.release();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }
}

async function write(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
