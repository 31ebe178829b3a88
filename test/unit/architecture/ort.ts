import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession as Session, Tensor } from 'onnxruntime-node';
import { graphFileName, graphFiles } from '../../../src/bundle/graphFiles';
import { encodeModel } from '../../../src/onnx/encode';
import type { Graph } from '../../../src/onnx/model';

// Read when the native library starts, hence before the import.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
const ort = await import('onnxruntime-node');

export function bytesOfGraph(graph: Graph): Uint8Array {
  return Buffer.concat([...encodeModel(graph)]);
}

/** Loads a graph into ONNX Runtime as it would be read from disk. */
export function load(graph: Graph, options: Session.SessionOptions = {}): Promise<Session> {
  const own = { logSeverityLevel: 3, intraOpNumThreads: 1, ...options } as const;
  return ort.InferenceSession.create(bytesOfGraph(graph), own);
}

export function floats(data: Float32Array, dims: readonly number[]): Tensor {
  return new ort.Tensor('float32', data, dims);
}

export function ints(values: readonly number[], dims: readonly number[]): Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

/** The output `name` of a run, with its shape. */
export async function run(
  session: Session,
  feeds: Record<string, Tensor>,
): Promise<Record<string, { dims: readonly number[]; data: Float32Array }>> {
  const results = await session.run(feeds);
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => {
      if (!(data instanceof Float32Array)) throw new Error(`${name} is not fp32`);
      return [name, { dims, data }];
    }),
  );
}

/** Root of the squared error over the root of the squared reference. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let energy = 0;
  for (const [index, value] of expected.entries()) {
    error += ((actual[index] ?? Number.NaN) - value) ** 2;
    energy += value ** 2;
  }
  return Math.sqrt(error / energy);
}

export function openFile(path: string): Promise<Session> {
  return ort.InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads: 1 });
}

/** Opens a graph of any size through files that are gone afterwards. */
export async function openGraph(graph: Graph): Promise<Session> {
  const dir = mkdtempSync(join(tmpdir(), 'graph-'));
  try {
    for (const { name, chunks } of graphFiles(graph)) {
      const file = openSync(join(dir, name), 'wx');
      for (const chunk of chunks) writeFileSync(file, chunk);
      closeSync(file);
    }
    return await openFile(join(dir, graphFileName(graph.name)));
  } finally {
    rmSync(dir, { recursive: true });
  }
}
