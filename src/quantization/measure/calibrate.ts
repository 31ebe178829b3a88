import { floatsIn, type SimulationTensor } from '../../engine/simulation';
import { LoadedWeight } from '../graph/constants';
import { sideBySide } from '../graph/instrument';
import type { Statistics } from '../graph/placement';
import { sumsOutput, withRanges } from '../graph/reductions';
import { segmentsOf } from '../graph/segments';
import { ownersOf } from '../graph/variants';
import type { Wiring } from '../graph/wiring';
import type { ValueStatistics } from '../numerics/calibrators';
import { GrowingHistogram } from '../numerics/histogram';
import type { Feeds } from '../samples/feeds';
import { runSegments, segmentLimits } from './segmentRun';

export interface CalibrationRun {
  readonly wiring: Wiring;
  /** Names of fp32 values. */
  readonly values: readonly string[];
  readonly samples: readonly Feeds[];
  /** Histograms cost a copy of every value out of the graph; smallest and largest are found inside it. */
  readonly histograms: boolean;
  readonly threads: number;
  readonly signal: AbortSignal;
  onProgress?(done: number): void;
}

/** Ranges, and histograms where asked for, of values of the float network over all samples. */
export async function calibrate(run: CalibrationRun): Promise<Statistics> {
  const { wiring, values, samples, threads, signal } = run;
  const own = new Set(values);
  const loaded = new LoadedWeight();
  const segments = segmentsOf(wiring, values, segmentLimits(0));
  const found = new Map<string, { min: number; max: number; histogram: GrowingHistogram | null }>();
  const inSegment = (nodes: readonly number[]): string[] =>
    nodes.flatMap(index => wiring.node(index).outputs.filter(output => own.has(output)));
  const graphInputs = values.filter(value => wiring.maker(value) === undefined);
  for (const sample of samples) for (const name of graphInputs) note(name, sample[name]);
  await runSegments({
    segments,
    samples,
    threads,
    signal,
    ...(run.onProgress === undefined ? {} : { onProgress: run.onProgress }),
    build: segment => {
      const measured = inSegment(segment.nodes);
      const plain = sideBySide(wiring, segment, ownersOf(wiring, []), loaded);
      const graph = withRanges(plain, measured);
      if (!run.histograms) return graph;
      const copies = measured.filter(name => !segment.outputs.includes(name));
      const outputs = copies.map(name => ({ name, type: 'float32' as const, dims: undefined }));
      return { ...graph, outputs: [...graph.outputs, ...outputs] };
    },
    take: (segment, outputs) => {
      const ranges = floatsIn(outputs[sumsOutput]);
      for (const [index, name] of inSegment(segment.nodes).entries()) {
        const [min = Number.NaN, max = Number.NaN] = ranges.subarray(2 * index);
        widen(name, min, max);
        if (run.histograms) found.get(name)?.histogram?.add(floatsIn(outputs[name]));
      }
    },
  });
  return new Map(
    [...found].map(([name, seen]): [string, ValueStatistics] => [
      name,
      { min: seen.min, max: seen.max, histogram: seen.histogram?.snapshot() ?? null },
    ]),
  );

  function widen(name: string, min: number, max: number): void {
    const before = found.get(name);
    if (before === undefined)
      found.set(name, { min, max, histogram: run.histograms ? new GrowingHistogram() : null });
    else {
      before.min = Math.min(before.min, min);
      before.max = Math.max(before.max, max);
    }
  }

  function note(name: string, tensor: SimulationTensor | undefined): void {
    const content = floatsIn(tensor);
    widen(
      name,
      content.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      content.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    );
    if (run.histograms) found.get(name)?.histogram?.add(content);
  }
}
