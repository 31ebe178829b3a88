import { csvName, csvText } from '../../shared/csv';
import type { ChartRun } from './charts';

const heads = ['run', 'phase', 'context', 'prompt', 'quantity', 'index', 'at_ms', 'value', 'unit', 'ran_on'];

/**
 * Every value of the runs, one a line, so that any tool can group them: parts and tokens of each prompt, samples,
 * operators, summaries. Numbers are whole, not rounded as in the view; an empty field is no value.
 */
export function csvOf(runs: readonly ChartRun[]): string {
  return csvText([heads, ...runs.flatMap(linesOf)]);
}

function linesOf({ name, record }: ChartRun): string[][] {
  const run = csvName(name);
  const line = (values: Partial<Record<(typeof heads)[number], string | number | null>>) =>
    heads.map(head => String((head === 'run' ? run : values[head]) ?? ''));
  const prompts = record.repetitions.flatMap(({ phase, context, startedAtMs, parts, tokenAtMs }, prompt) => [
    ...Object.entries(parts).map(([part, value]) =>
      line({ phase, context, prompt, quantity: part, at_ms: startedAtMs, value, unit: 'ms' }),
    ),
    ...tokenAtMs.map((value, index) =>
      line({
        phase,
        context,
        prompt,
        quantity: 'token',
        index,
        at_ms: startedAtMs + value,
        value,
        unit: 'ms',
      }),
    ),
  ]);
  const samples = record.samples.flatMap(({ atMs, rssBytes, cacheBytes, clockMhz, temperaturesC }) => [
    line({ quantity: 'rss', at_ms: atMs, value: rssBytes, unit: 'bytes' }),
    line({ quantity: 'caches', at_ms: atMs, value: cacheBytes, unit: 'bytes' }),
    line({ quantity: 'clock', at_ms: atMs, value: clockMhz, unit: 'MHz' }),
    ...Object.entries(temperaturesC ?? {}).map(([sensor, value]) =>
      line({ quantity: csvName(`temperature ${sensor}`), at_ms: atMs, value, unit: '°C' }),
    ),
  ]);
  const operators = (record.operatorPass?.operators ?? []).map(
    ({ stage, layer, op, calls, timeUs, provider }) =>
      line({
        phase: stage,
        quantity: csvName(`operator ${layer} ${op ?? ''}`.trim()),
        index: calls,
        value: timeUs,
        unit: 'us',
        ran_on: provider === null ? null : csvName(provider),
      }),
  );
  const summaries = record.summaries.flatMap(({ metric, context, median, p10, p90, n }) =>
    Object.entries({ median, p10, p90 }).map(([which, value]) =>
      line({
        phase: 'summary',
        context,
        quantity: `${metric} ${which}`,
        index: n,
        value,
        unit: unitOf(metric),
      }),
    ),
  );
  const figures = (record.figures ?? []).flatMap(figure =>
    statistics.flatMap(which =>
      figure[which] === null
        ? []
        : [
            line({
              phase: 'figure of the file',
              context: figure.context,
              quantity: csvName(`${figure.name} ${which === 'cold' ? 'first call' : which}`),
              index: figure.n,
              value: figure[which],
              unit: figure.unit,
            }),
          ],
    ),
  );
  return [...prompts, ...samples, ...operators, ...summaries, ...figures];
}

/** Of a figure of another program, as far as its file gives them. */
const statistics = ['cold', 'median', 'p10', 'p90', 'mean', 'stdev', 'min', 'max'] as const;

function unitOf(metric: string): string {
  return metric.endsWith('Ms') ? 'ms' : 'tok/s';
}
