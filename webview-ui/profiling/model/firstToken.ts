import type { RunMetric } from '../../../src/protocol/runRecord';
import type { StackedBar } from '../../shared/charts/chart';
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

/** Of the chart. */
export const firstTokenTitle = 'First token, ms in parts';

/** All bars, run by run within a context. */
export function firstTokenBars(runs: readonly ChartRun[]): StackedBar[] {
  const contexts = new Set(runs.flatMap(({ record }) => contextsOf(record)));
  const ordered = [...contexts].sort((one, other) => (one ?? -1) - (other ?? -1));
  return ordered.flatMap(context =>
    runs.flatMap(({ name, record }, run): StackedBar[] => {
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
