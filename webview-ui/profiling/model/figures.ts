import type { RunRecord } from '../../../src/protocol/runRecord';
import { median } from '../../shared/charts/statistics';
import { formatBytes, formatMs, formatRate } from '../../shared/format';
import { contextName, countedOf, reasonOf, summaryOf, temperatureSamples, timedGaps } from './record';

/** One of the five figures at the top. */
export interface Figure {
  readonly id: 'ttft' | 'decode' | 'prefill' | 'memory' | 'temperature';
  readonly name: string;
  /** With its unit; null where it was not measured: the sentence then says why. */
  readonly value: string | null;
  readonly sentence: string;
}

/** The five figures of a run, each with the sentence that says what stands behind it. */
export function figuresOf(record: RunRecord): Figure[] {
  return [firstToken(record), decode(record), prefill(record), memory(record), temperature(record)];
}

const parts = [
  ['encode', 'encodeMs'],
  ['project', 'projectMs'],
  ['prefill', 'prefillMs'],
] as const;

function firstToken(record: RunRecord): Figure {
  const head = { id: 'ttft', name: 'First token' } as const;
  const summary = summaryOf(record, 'ttftMs');
  if (!summary) return missing(head, record, ['ttftMs'], 'no prompt came to its first token');
  let rest = summary.median;
  const words = parts.flatMap(([name, metric]) => {
    const part = summaryOf(record, metric, summary.context)?.median;
    if (part === undefined) return [];
    rest -= part;
    return [`${name} ${digits(part)}`];
  });
  const sentence =
    words.length > 0 ? [...words, `rest ${digits(Math.max(rest, 0))}`].join(' · ') : tails(summary);
  return { ...head, value: formatMs(summary.median), sentence };
}

function decode(record: RunRecord): Figure {
  const head = { id: 'decode', name: 'Decode' } as const;
  const summary = summaryOf(record, 'decodeTokensPerSecond');
  if (!summary) return missing(head, record, ['decodeTokensPerSecond'], 'a rate needs two tokens');
  const words = [`p10 ${digits(summary.p10)}`, `n ${summary.n ?? '?'}`].filter(word => !word.includes('?'));
  const held = sustained(record);
  if (held) words.push(held);
  return { ...head, value: formatRate(summary.median), sentence: words.join(' · ') };
}

/** The rate of the sustained part, and how it changed from its first fifth to its last. */
function sustained(record: RunRecord): string | null {
  const repetitions = record.repetitions.filter(({ phase }) => phase === 'sustained');
  const gaps = timedGaps({ ...record, repetitions }).map(({ y }) => y);
  const fifth = Math.floor(gaps.length / 5);
  if (fifth < 5) return null;
  const rate = (values: readonly number[]) =>
    (values.length * 1000) / values.reduce((sum, value) => sum + value, 0);
  const change = Math.round((rate(gaps.slice(-fifth)) / rate(gaps.slice(0, fifth)) - 1) * 100);
  const words = `sustained ${digits(rate(gaps))}`;
  return Math.abs(change) >= 2
    ? `${words} (${change > 0 ? '+' : '−'}${Math.abs(change)} % to its end)`
    : words;
}

function prefill(record: RunRecord): Figure {
  const head = { id: 'prefill', name: 'Prefill' } as const;
  const summary = summaryOf(record, 'prefillTokensPerSecond');
  if (!summary)
    return missing(head, record, ['prefillTokensPerSecond', 'prefillMs'], 'prefill was not timed');
  const tokens = countedOf(record, summary.context)[0]?.tokens;
  const sentence =
    tokens?.image != null && tokens.text !== null
      ? `${tokens.image} image + ${tokens.text} text tokens`
      : contextName(record, summary.context);
  return { ...head, value: formatRate(summary.median), sentence };
}

function memory(record: RunRecord): Figure {
  const head = { id: 'memory', name: 'Memory' } as const;
  if (record.peakRssBytes === null)
    return missing(head, record, ['peakRssBytes', 'rssBytes'], 'memory was not measured');
  const caches = record.samples.flatMap(({ cacheBytes }) => (cacheBytes === null ? [] : [cacheBytes]));
  const sentence =
    caches.length > 0
      ? `peak of the process · caches ${formatBytes(Math.max(...caches))}`
      : 'peak of the process';
  return { ...head, value: formatBytes(record.peakRssBytes), sentence };
}

function temperature(record: RunRecord): Figure {
  const head = { id: 'temperature', name: 'Temperature' } as const;
  const samples = temperatureSamples(record);
  const hottest = samples.reduce<number | null>(
    (most, { y }) => (most === null || y > most ? y : most),
    null,
  );
  const clock = median(record.samples.flatMap(({ clockMhz }) => (clockMhz === null ? [] : [clockMhz])));
  const clockWords = clock === null ? [] : [`clock ${(clock / 1000).toFixed(1)} GHz`];
  if (hottest === null) {
    const reason = reasonOf(record, ['temperaturesC'], 'no temperature sensor could be read');
    return { ...head, value: null, sentence: [...clockWords, reason].join(' · ') };
  }
  const words = [`from ${samples[0]?.y.toFixed(0)} °C`, ...clockWords];
  return { ...head, value: `${hottest.toFixed(0)} °C`, sentence: words.join(' · ') };
}

function missing(
  head: Pick<Figure, 'id' | 'name'>,
  record: RunRecord,
  fields: readonly string[],
  otherwise: string,
): Figure {
  return { ...head, value: null, sentence: reasonOf(record, fields, otherwise) };
}

function tails({ p10, p90, n }: { p10: number | null; p90: number | null; n: number | null }): string {
  const spread = p10 === null || p90 === null ? [] : [`p10–p90 ${digits(p10)}–${digits(p90)}`];
  return [...spread, ...(n === null ? [] : [`n ${n}`])].join(' · ');
}

/** Three figures at most, without a unit. */
function digits(value: number | null): string {
  if (value === null) return '?';
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
