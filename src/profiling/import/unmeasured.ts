import type { RunRecord } from '../../protocol/runRecord';

/** What a view or a comparison asks a record for, and how the reason calls it. */
const wanted: readonly [field: string, words: string, has: (record: RunRecord) => boolean][] = [
  ['ttftMs', 'time to first token', record => hasSummary(record, 'ttftMs')],
  ['prefillTokensPerSecond', 'prefill speed', record => hasSummary(record, 'prefillTokensPerSecond')],
  ['decodeTokensPerSecond', 'decode speed', record => hasSummary(record, 'decodeTokensPerSecond')],
  [
    'tokenAtMs',
    'time of single tokens',
    ({ repetitions }) => repetitions.some(one => one.tokenAtMs.length > 0),
  ],
  ['loads', 'time to load the model', ({ loads }) => loads.length > 0],
  ['operatorPass', 'times of operators', ({ operatorPass }) => operatorPass !== null],
  ['samples', 'memory, temperature and clocks over time', ({ samples }) => samples.length > 0],
  ['peakRssBytes', 'peak of resident memory', ({ peakRssBytes }) => peakRssBytes !== null],
  ['date', 'date', ({ provenance }) => provenance.date !== null],
  ['model', 'name of the model', ({ provenance }) => provenance.model.name !== null],
  ['model.sha256', 'digest of the model', ({ provenance }) => provenance.model.sha256 !== null],
  ['precision', 'precision', ({ provenance }) => provenance.precision !== null],
  ['device', 'name of the device', ({ provenance }) => provenance.device.name !== null],
  ['threads', 'number of threads', ({ provenance }) => provenance.threads !== null],
];

/**
 * Every gap of an imported record with its reason.
 * @param format e.g. `a result of llama-bench`
 * @param reasons better ones than that the format has no such field
 */
export function unmeasuredIn(
  record: RunRecord,
  format: string,
  reasons: Readonly<Record<string, string>>,
): RunRecord['unmeasured'] {
  const subject = format.charAt(0).toUpperCase() + format.slice(1);
  return wanted
    .filter(([, , has]) => !has(record))
    .map(([what, words]) => ({ what, reason: reasons[what] ?? `${subject} gives no ${words}.` }));
}

function hasSummary(record: RunRecord, metric: RunRecord['summaries'][number]['metric']): boolean {
  return record.summaries.some(summary => summary.metric === metric);
}
