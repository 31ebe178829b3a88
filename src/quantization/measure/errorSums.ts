import { floatsIn, type SimulationTensor } from '../../engine/simulation';
import { LoadedWeight } from '../graph/constants';
import { quantizedName, sideBySide } from '../graph/instrument';
import { type ErrorSums, errorSumsOf, sumsOutput, withErrorSums } from '../graph/reductions';
import { segmentsOf } from '../graph/segments';
import { ownersOf, type Variant } from '../graph/variants';
import type { Wiring } from '../graph/wiring';
import type { Feeds } from '../samples/feeds';
import { addSums, noSums } from './figures';
import { runSegments, segmentLimits } from './segmentRun';

export interface ErrorRun {
  readonly wiring: Wiring;
  readonly variants: readonly Variant[];
  /** Names of fp32 values. */
  readonly values: readonly string[];
  readonly samples: readonly Feeds[];
  readonly threads: number;
  readonly signal: AbortSignal;
  onProgress?(done: number): void;
  /** Asked for, every value is copied out of the graph: as floats, and as the first variant has it. */
  onValue?(value: string, float: SimulationTensor, quantized: SimulationTensor): void;
}

/** Error sums of values in every variant, pooled over all samples, by value. */
export async function errorSums(run: ErrorRun): Promise<Map<string, ErrorSums[]>> {
  const { wiring, variants, samples, threads, signal } = run;
  const wanted = new Set(run.values);
  const owners = ownersOf(wiring, variants);
  const loaded = new LoadedWeight();
  const sums = new Map(run.values.map(value => [value, variants.map(() => noSums)]));
  const inSegment = (nodes: readonly number[]): string[] =>
    nodes.flatMap(index => wiring.node(index).outputs.filter(output => wanted.has(output)));
  await runSegments({
    segments: segmentsOf(wiring, run.values, segmentLimits(variants.length)),
    samples,
    threads,
    signal,
    ...(run.onProgress === undefined ? {} : { onProgress: run.onProgress }),
    build: segment => {
      const instrumented = sideBySide(wiring, segment, owners, loaded);
      const measured = inSegment(segment.nodes);
      const graph = withErrorSums(instrumented, measured, owners);
      if (run.onValue === undefined) return graph;
      const known = new Set(graph.outputs.map(({ name }) => name));
      const copies = new Set(measured.flatMap(value => [value, instrumented.nameIn(0, value)]));
      const added = [...copies].filter(name => !known.has(name));
      const outputs = added.map(name => ({ name, type: 'float32' as const, dims: undefined }));
      return { ...graph, outputs: [...graph.outputs, ...outputs] };
    },
    take: (segment, outputs) => {
      const measured = inSegment(segment.nodes);
      const fresh = errorSumsOf(floatsIn(outputs[sumsOutput]), measured, owners);
      for (const [index, value] of measured.entries()) {
        const float = outputs[value];
        if (float !== undefined) run.onValue?.(value, float, outputs[quantizedName(0, value)] ?? float);
        const before = sums.get(value) ?? [];
        sums.set(
          value,
          before.map((sum, variant) => addSums(sum, fresh[index]?.[variant] ?? noSums)),
        );
      }
    },
  });
  return sums;
}
