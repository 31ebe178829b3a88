import type { RunRecord, RunSummary } from '../../../src/protocol/runRecord';
import { formatCount, formatMs } from '../../shared/format';
import { nameForPeople } from '../../shared/text';
import { contextName, contextsOf, summaryOf } from './record';

type Model = RunRecord['provenance']['model'];

/**
 * How the first run differs from another, in a sentence: `The first run decodes 1.8 × faster at context 512; its first
 * token comes 12.0 ms later.`
 */
export function differenceOf(first: RunRecord, other: RunRecord): string {
  const [decode, token] = [decodeWords(first, other), firstTokenWords(first, other)];
  if (decode !== null)
    return `The first run decodes ${decode}${token === null ? '' : `; its first token comes ${token}`}.`;
  if (token !== null) return `The first token of the first run comes ${token}.`;
  return 'There is no quantity that both of them measured.';
}

/** What makes the difference not one of speed alone; empty where the runs are of the same kind. */
export function cautionsOf(record: RunRecord, other: RunRecord): string[] {
  const [one, two] = [record.provenance, other.provenance];
  const cautions: string[] = [];
  const differs = (what: string, first: string | number | null, second: string | number | null) => {
    if (first !== null && second !== null && first !== second) cautions.push(`another ${what} (${second})`);
  };
  differs('model', one.model.name, two.model.name);
  if (one.model.name === two.model.name && otherWeights(one.model, two.model))
    cautions.push('other weights of the same name');
  differs('machine', machineWords(one.device), machineWords(two.device));
  differs('target', one.target.label ?? one.target.id, two.target.label ?? two.target.id);
  differs('precision', one.precision, two.precision);
  differs('number of threads', one.threads, two.threads);
  for (const [name, version] of Object.entries(one.versions))
    differs(`version of ${name}`, version, two.versions[name] ?? null);
  cautions.push(...otherPrompt(record.settings, other.settings));
  const counts = [record, other].flatMap(run => summaryOf(run, 'decodeTokensPerSecond')?.n ?? []);
  const least = Math.min(...counts);
  if (least < 3) cautions.push(`only ${formatCount(least, 'repetition')}`);
  if (one.kind !== two.kind)
    cautions.push(
      [one.kind, two.kind].includes('imported')
        ? 'one of the runs is not measured here'
        : 'one of the runs simulates an NPU',
    );
  return cautions;
}

/** What of the prompt differs, where both records tell. */
function otherPrompt(one: RunRecord['settings'], two: RunRecord['settings']): string[] {
  const differ = <Value>(first: Value | null, second: Value | null) =>
    first !== null && second !== null && first !== second;
  return [
    ...(one.picture && two.picture && one.picture.sha256 !== two.picture.sha256
      ? [`another picture (${nameForPeople(two.picture.name)})`]
      : []),
    ...(differ(one.question, two.question) ? ['another question'] : []),
    ...(differ(one.tokens, two.tokens) ? [`another number of tokens to write (${two.tokens})`] : []),
  ];
}

/** As the gate tells machines apart: the name of a container's machine is another one after every start. */
function machineWords({ processor, cores, name }: RunRecord['provenance']['device']): string | null {
  if (processor === null) return name;
  return cores === null ? processor : `${processor}, ${formatCount(cores, 'core')}`;
}

function otherWeights(one: Model, two: Model): boolean {
  return one.graphSha256 !== null && two.graphSha256 !== null && one.graphSha256 !== two.graphSha256;
}

/** The longest context that both measured says most: differences of caches show there. */
function decodeWords(record: RunRecord, other: RunRecord): string | null {
  const shared = contextsOf(record).flatMap(context => {
    const pair = pairOf(record, other, 'decodeTokensPerSecond', context);
    return pair ? [{ context, ...pair }] : [];
  });
  const last = shared.at(-1);
  if (!last) return null;
  const name = contextName(record, last.context);
  const where = name.startsWith('prompt of') ? `at a ${name}` : `at ${name}`;
  if (overlap(last.one, last.two)) return `as fast ${where}, within the spread of the repetitions`;
  const ratio = last.one.median / last.two.median;
  const words = ratio >= 1 ? `${times(ratio)} faster` : `${times(1 / ratio)} slower`;
  return `${words} ${where}`;
}

function firstTokenWords(record: RunRecord, other: RunRecord): string | null {
  const pair = pairOf(record, other, 'ttftMs', null) ?? firstPair(record, other);
  if (!pair) return null;
  const { one, two } = pair;
  if (overlap(one, two)) return 'as soon, within the spread';
  const later = one.median - two.median;
  return `${formatMs(Math.abs(later))} ${later > 0 ? 'later' : 'sooner'}`;
}

function firstPair(record: RunRecord, other: RunRecord) {
  for (const context of contextsOf(record)) {
    const pair = pairOf(record, other, 'ttftMs', context);
    if (pair) return pair;
  }
  return null;
}

function pairOf(
  record: RunRecord,
  other: RunRecord,
  metric: 'ttftMs' | 'decodeTokensPerSecond',
  context: number | null,
): { one: RunSummary; two: RunSummary } | null {
  const one = summaryOf(record, metric, context);
  const two = summaryOf(other, metric, context);
  return one && two ? { one, two } : null;
}

/** Whether the middles lie within each other's tails: then no difference was shown. */
function overlap(one: RunSummary, two: RunSummary): boolean {
  const within = ({ median }: RunSummary, { p10, p90 }: RunSummary) =>
    p10 !== null && p90 !== null && median >= p10 && median <= p90;
  return one.median === two.median || (within(one, two) && within(two, one));
}

/** Small differences read better in percent than as a factor near one. */
function times(ratio: number): string {
  return ratio < 1.1 ? `${((ratio - 1) * 100).toFixed(1)} %` : `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`;
}
