import type { RunMetric, RunRecord, RunRepetition, RunSummary } from '../../../src/protocol/runRecord';
import type { Sample } from '../../shared/charts/statistics';
import { formatCount } from '../../shared/format';
import { sentenceForPeople } from '../../shared/text';

/** Why something was not measured: the record's own words where it has some. */
export function reasonOf(record: RunRecord, fields: readonly string[], otherwise: string): string {
  const found = fields.flatMap(field => record.unmeasured.filter(({ what }) => what === field));
  return found[0] ? sentenceForPeople(found[0].reason) : otherwise;
}

/** The summary of one quantity at one context; of the prompt as it is (null), or else of the shortest context. */
export function summaryOf(record: RunRecord, metric: RunMetric, context?: number | null): RunSummary | null {
  const all = record.summaries.filter(summary => summary.metric === metric);
  if (context !== undefined) return all.find(summary => summary.context === context) ?? null;
  const asItIs = all.find(summary => summary.context === null);
  return asItIs ?? all.sort((one, other) => (one.context ?? 0) - (other.context ?? 0))[0] ?? null;
}

/** Contexts that were asked for, with the prompt as it is (null) first where it was measured. */
export function contextsOf(record: RunRecord): (number | null)[] {
  const seen = new Set(record.repetitions.filter(({ phase }) => phase === 'measured').map(r => r.context));
  for (const { context } of record.summaries) seen.add(context);
  return [...seen].sort((one, other) => (one ?? -1) - (other ?? -1));
}

/** Measured, whole repetitions at one context: those that summaries count. */
export function countedOf(record: RunRecord, context: number | null): RunRepetition[] {
  return record.repetitions.filter(
    repetition => repetition.phase === 'measured' && !repetition.partial && repetition.context === context,
  );
}

/** Tokens that were read before the first one was written at a context; null where no repetition tells. */
export function promptTokens(record: RunRecord, context: number | null): number | null {
  for (const { tokens } of countedOf(record, context))
    if (tokens.image !== null && tokens.text !== null) return tokens.image + tokens.text;
  return context;
}

/** `49-token prompt` or `context 512`. */
export function contextName(record: RunRecord, context: number | null): string {
  if (context !== null) return `context ${context}`;
  const tokens = promptTokens(record, null);
  return tokens === null ? 'the prompt as it is' : `prompt of ${formatCount(tokens, 'token')}`;
}

/** Time from a token to the one before it: x in seconds since the run began, y in ms. */
export function timedGaps(record: RunRecord): Sample[] {
  const inTime = [...record.repetitions].sort((one, other) => one.startedAtMs - other.startedAtMs);
  return inTime.flatMap(repetition =>
    gapsOf(repetition).map(({ at, gap }) => ({ x: (repetition.startedAtMs + at) / 1000, y: gap })),
  );
}

/** Times from a token to the one before it in ms, by its place in the answer: the first list is of the second token. */
export function gapsByPlace(record: RunRecord): number[][] {
  const places: number[][] = [];
  for (const repetition of record.repetitions) {
    if (repetition.phase !== 'measured' && repetition.phase !== 'sustained') continue;
    for (const [index, { gap }] of gapsOf(repetition).entries()) {
      const place = places[index];
      if (place) place.push(gap);
      else places.push([gap]);
    }
  }
  return places;
}

function gapsOf({ tokenAtMs }: RunRepetition): { at: number; gap: number }[] {
  return tokenAtMs.slice(1).map((at, index) => ({ at, gap: Math.max(at - (tokenAtMs[index] ?? at), 0) }));
}

/** The hottest sensor at each moment: x in seconds, y in °C. */
export function temperatureSamples(record: RunRecord): Sample[] {
  return record.samples.flatMap(({ atMs, temperaturesC }) => {
    const values = Object.values(temperaturesC ?? {});
    return values.length === 0 ? [] : [{ x: atMs / 1000, y: Math.max(...values) }];
  });
}

/** A quantity in bytes at each moment: x in seconds, y in MiB. */
export function byteSamples(record: RunRecord, field: 'rssBytes' | 'cacheBytes'): Sample[] {
  return record.samples.flatMap(sample => {
    const bytes = sample[field];
    return bytes === null ? [] : [{ x: sample.atMs / 1000, y: bytes / 2 ** 20 }];
  });
}
