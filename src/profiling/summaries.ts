import type { RunMetric, RunRecord, RunRepetition, RunSummary } from '../protocol/runRecord';
import { quantile } from './quantiles';

const partMetrics = [
  'ttftMs',
  'decodeImageMs',
  'resizeMs',
  'encodeMs',
  'projectMs',
  'prefillMs',
  'overheadMs',
] as const;

/** Decode throughput of one prompt by the definition of the metrics; null with fewer than two tokens. */
export function decodeTokensPerSecond({ tokenAtMs }: Pick<RunRepetition, 'tokenAtMs'>): number | null {
  const [first, last] = [tokenAtMs[0], tokenAtMs.at(-1)];
  if (first === undefined || last === undefined || last <= first) return null;
  return ((tokenAtMs.length - 1) / (last - first)) * 1000;
}

/** Tokens read a second, those of the picture included and the encoder not. */
export function prefillTokensPerSecond({ tokens, parts }: RunRepetition): number | null {
  if (tokens.text === null || tokens.image === null || !parts.prefillMs) return null;
  return ((tokens.text + tokens.image) / parts.prefillMs) * 1000;
}

/** Milliseconds between one token and the next. */
export function tokenGapsMs({ tokenAtMs }: Pick<RunRepetition, 'tokenAtMs'>): number[] {
  return tokenAtMs.slice(1).map((at, place) => at - (tokenAtMs[place] ?? at));
}

/** Middle and tails of every metric, for each context by itself. Only whole, measured prompts count. */
export function summarize(repetitions: readonly RunRepetition[], warmUps: number): RunSummary[] {
  const measured = repetitions.filter(({ phase, partial }) => phase === 'measured' && !partial);
  const contexts = [...new Set(measured.map(({ context }) => context))];
  return contexts.flatMap(context => {
    const group = measured.filter(repetition => repetition.context === context);
    const of = (metric: RunMetric, values: readonly (number | null)[]) =>
      summaryOf(metric, context, values, warmUps);
    return [
      ...partMetrics.map(metric =>
        of(
          metric,
          group.map(({ parts }) => parts[metric]),
        ),
      ),
      of('prefillTokensPerSecond', group.map(prefillTokensPerSecond)),
      of('decodeTokensPerSecond', group.map(decodeTokensPerSecond)),
      of('tokenGapMs', group.flatMap(tokenGapsMs)),
    ].filter(summary => summary !== null);
  });
}

/** A record's summary of one metric at one context. */
export function summaryAt(
  { summaries }: Pick<RunRecord, 'summaries'>,
  metric: RunMetric,
  context: number | null,
): RunSummary | undefined {
  return summaries.find(summary => summary.metric === metric && summary.context === context);
}

/** What the sustained part showed: the decode throughput of its first and its last quarter; null without four prompts. */
export function sustainedChange(
  repetitions: readonly RunRepetition[],
): { readonly first: number; readonly last: number; readonly prompts: number } | null {
  const rates = repetitions
    .filter(({ phase, partial }) => phase === 'sustained' && !partial)
    .map(decodeTokensPerSecond)
    .filter(rate => rate !== null);
  const quarter = Math.floor(rates.length / 4);
  if (quarter === 0) return null;
  const middle = (values: readonly number[]) =>
    quantile(
      values.toSorted((a, b) => a - b),
      0.5,
    );
  return {
    first: middle(rates.slice(0, quarter)),
    last: middle(rates.slice(-quarter)),
    prompts: rates.length,
  };
}

function summaryOf(
  metric: RunMetric,
  context: number | null,
  values: readonly (number | null)[],
  warmUps: number,
): RunSummary | null {
  const sorted = values.filter(value => value !== null).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const at = (share: number) => Math.round(quantile(sorted, share) * 1000) / 1000;
  return { metric, context, median: at(0.5), p10: at(0.1), p90: at(0.9), n: sorted.length, warmUps };
}
