import { setImmediate } from 'node:timers/promises';
import { Simulation, type SimulationOptions, type SimulationTensor, Staging } from '../../engine/simulation';
import type { Graph } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import type { Segment, SegmentLimits } from '../graph/segments';
import { runFailure } from '../runFailure';
import type { Feeds } from '../samples/feeds';

/** Bytes of the constants of one session, the float network's and those of all variants. */
const sessionBytes = 320 * 2 ** 20;

/**
 * How long a stretch may be that runs with so many variants beside it, each of which has its bytes of constants again.
 * Opening a session takes ONNX Runtime a time that grows with the square of its nodes and more, and with four variants
 * and their sums a node becomes about twenty (Nano's decoder whole: 20 s of CPU, in stretches: 3).
 */
export function segmentLimits(variants: number): SegmentLimits {
  return { weightBytes: sessionBytes / (1 + variants), nodes: 50 };
}

const todo = 'check the model and the sizes of its inputs';

export interface SegmentRun {
  readonly segments: readonly Segment[];
  readonly samples: readonly Feeds[];
  /** The graph that stands for a segment; its outputs are numbers for `take` and what later segments read. */
  build(segment: Segment): Graph;
  /** Receives all outputs of one segment and one sample. */
  take(segment: Segment, outputs: Readonly<Record<string, SimulationTensor>>): void;
  /** After each run of one segment on one sample, with the share of all work that is done. */
  onProgress?(done: number): void;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Runs all samples through one segment after the other; between segments only the values that cross are kept.
 * @throws {StudioError} `cancelled`; `usage` when a sample does not fit the graph; what loading a weight throws
 */
export async function runSegments(run: SegmentRun): Promise<void> {
  const kept: Map<string, SimulationTensor>[] = run.samples.map(sample => new Map(Object.entries(sample)));
  const staging = new Staging();
  let done = 0;
  for (const [index, segment] of run.segments.entries()) {
    const later = new Set(run.segments.slice(index + 1).flatMap(({ inputs }) => inputs));
    const graph = run.build(segment);
    const simulation = await opened(graph, { threads: run.threads, staging });
    try {
      for (const values of kept) {
        await stopIfCancelled(run.signal);
        const outputs = await ran(simulation, graph, values);
        run.take(segment, outputs);
        keepNeeded(values, outputs, later);
        done++;
        run.onProgress?.(done / (run.segments.length * kept.length));
      }
    } finally {
      await simulation.close();
    }
  }
}

/** Gives the event loop a turn first, in which the request to cancel can arrive. */
async function stopIfCancelled(signal: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new StudioError('cancelled', 'The measurement was cancelled.');
}

async function opened(graph: Graph, options: SimulationOptions): Promise<Simulation> {
  try {
    return await Simulation.open(graph, options);
  } catch (error) {
    throw runFailure(error, `ONNX Runtime cannot run ${graph.name}`, todo);
  }
}

async function ran(
  simulation: Simulation,
  graph: Graph,
  values: ReadonlyMap<string, SimulationTensor>,
): Promise<Record<string, SimulationTensor>> {
  const feeds = graph.inputs.map(({ name }) => {
    const value = values.get(name);
    if (value === undefined) {
      const message = `The samples have no tensor for the input ${name} of ${graph.name}; add one to the calibration data.`;
      throw new StudioError('usage', message);
    }
    return [name, value] as const;
  });
  try {
    return await simulation.run(Object.fromEntries(feeds));
  } catch (error) {
    throw runFailure(error, `A sample cannot be run through ${graph.name}`, todo);
  }
}

function keepNeeded(
  values: Map<string, SimulationTensor>,
  outputs: Readonly<Record<string, SimulationTensor>>,
  later: ReadonlySet<string>,
): void {
  for (const [name, value] of Object.entries(outputs)) values.set(name, value);
  for (const name of [...values.keys()])
    if (!later.has(name.replace(/^quantized\d+\//, ''))) values.delete(name);
}
