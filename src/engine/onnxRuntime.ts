import { availableParallelism } from 'node:os';
import type * as ortModule from 'onnxruntime-node';
import { StudioError } from '../protocol/failure';

export type Ort = typeof ortModule;
let loaded: Promise<Ort> | undefined;

/** ONNX Runtime, loaded with the first model. */
export function loadOrt(): Promise<Ort> {
  // Read once, when the library is loaded: without it ONNX Runtime starts a telemetry client.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  loaded ??= import('onnxruntime-node').catch((error: unknown) => {
    loaded = undefined;
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const message = `ONNX Runtime cannot be loaded on ${process.platform}-${process.arch} (${reason}): reinstall the extension for this platform.`;
    throw new StudioError('internal', message, { cause: error });
  });
  return loaded;
}

/** Threads where nobody chose: one core is left to the editor, and more than four seldom help one answer. */
export function defaultThreads(): number {
  return Math.min(4, Math.max(1, availableParallelism() - 1));
}

/** How a session differs from one that runs on the CPU as fast as it can. */
export interface SessionChoices {
  /** Provider that is asked for before the CPU, e.g. `webgpu`. Whether it runs a node, only a profile tells. */
  readonly provider?: string;
  /** Absolute path; times of operators go to `<profilePrefix>_<date>.json` when the session is released. */
  readonly profilePrefix?: string;
}

/**
 * Opens a graph, on the CPU where nothing else is asked for.
 * @param threads inside one operator
 */
export async function openSession(
  graph: string,
  threads: number,
  { provider, profilePrefix }: SessionChoices = {},
): Promise<ortModule.InferenceSession> {
  const ort = await loadOrt();
  return ort.InferenceSession.create(graph, {
    executionProviders: provider === undefined ? ['cpu'] : [provider, 'cpu'],
    ...(profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: profilePrefix }),
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // Waiting threads sleep: spinning ones halve the speed as soon as another process wants the cores.
    // Quantizers compute where they stand: fused into integer kernels they would simulate something else.
    extra: {
      session: {
        intra_op: { allow_spinning: '0' },
        disable_quant_qdq: '1',
        disable_double_qdq_remover: '1',
      },
    },
  });
}

/** The floats of an output. */
export function floatsOf(output: ortModule.Tensor | undefined, name: string): Float32Array {
  if (output?.data instanceof Float32Array) return output.data;
  throw new Error(`the graph gave no floats as ${name}`);
}
