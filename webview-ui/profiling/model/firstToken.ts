import type { RunMetric } from '../../../src/protocol/runRecord';
import type { ChartRun } from './charts';
import { contextName, contextsOf, summaryOf } from './record';

/** Parts of the time to the first token, in their order. */
export const firstTokenParts = [
  { metric: 'decodeImageMs', name: 'picture' },
  { metric: 'resizeMs', name: 'resize' },
  { metric: 'encodeMs', name: 'encode' },
  { metric: 'projectMs', name: 'project' },
  { metric: 'prefillMs', name: 'prefill' },
  { metric: 'overheadMs', name: 'overhead' },
] as const satisfies readonly { metric: RunMetric; name: string }[];

/** One bar: the medians of the parts at one context of one run. */
export interface FirstTokenBar {
  readonly key: string;
  readonly run: number;
  /** Run and context. */
  readonly label: string;
  /** The context alone. */
  readonly where: string;
  /** Median of the whole, which the medians of the parts need not add up to. */
  readonly ttftMs: number;
  /** As {@link firstTokenParts}; null where a part was not timed. */
  readonly partsMs: readonly (number | null)[];
}

/** All bars, run by run within a context. */
export function firstTokenBars(runs: readonly ChartRun[]): FirstTokenBar[] {
  const contexts = new Set(runs.flatMap(({ record }) => contextsOf(record)));
  const ordered = [...contexts].sort((one, other) => (one ?? -1) - (other ?? -1));
  return ordered.flatMap(context =>
    runs.flatMap(({ name, record }, run): FirstTokenBar[] => {
      const whole = summaryOf(record, 'ttftMs', context);
      if (!whole) return [];
      const where = contextName(record, context);
      return [
        {
          key: `${run} ${context}`,
          run,
          where,
          label: runs.length > 1 ? `${name}, ${where}` : where,
          ttftMs: whole.median,
          partsMs: firstTokenParts.map(({ metric }) => summaryOf(record, metric, context)?.median ?? null),
        },
      ];
    }),
  );
}
