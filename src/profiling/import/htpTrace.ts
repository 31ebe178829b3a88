import * as v from 'valibot';
import type { RunOperator } from '../../protocol/runRecord';
import { type FigureDraft, figure } from './figures';
import type { ForeignFile } from './foreignFile';
import type { JsonFormat } from './format';
import type { RunDraft } from './importedRecord';
import { amount, check, label, optional } from './readJson';

const id = v.union([v.number(), label]);
const eventSchema = v.object({
  ph: v.string(),
  name: optional(label),
  pid: optional(id),
  tid: optional(id),
  ts: optional(amount),
  dur: optional(amount),
  args: optional(
    v.object({ name: optional(label), 'QNN Op Name': optional(label), 'HTP Op Type': optional(label) }),
  ),
});
type TraceEvent = v.InferOutput<typeof eventSchema>;

const traceSchema = v.object({ traceEvents: v.array(v.looseObject({ ph: v.string() })) });
const operator = v.looseObject({ args: v.looseObject({ 'QNN Op Name': v.string() }) });

/**
 * The trace of every micro-operation on the HTP, `chrometrace.json`, from
 * `qnn-profile-viewer --reader libQnnHtpOptraceProfilingReader.so`: complete trace events whose clock is the HTP's
 * cycles. One process gives an overview by hardware unit, others repeat the same events by operator. Sources: the
 * documentation of optrace in the QAIRT SDK and notes on traces of QAIRT 2.47 in public repositories.
 */
export const htpTraceFormat: JsonFormat = {
  id: 'htp-trace',
  label: 'an optrace of the HTP',
  recognises: value => {
    if (!v.is(traceSchema, value)) return false;
    return value.traceEvents.some(event => v.is(operator, event));
  },
  read: (file, value) => [read(file, value)],
};

/** Views and tensors that cost nothing stand on a track of their own. */
const notExecuted = /non.?executed/i;

function read(file: ForeignFile, value: unknown): RunDraft {
  const schema = v.object({ traceEvents: v.array(eventSchema) });
  const { traceEvents } = check(file, htpTraceFormat.label, schema, value);
  const names = trackNames(traceEvents);
  const overview = overviewOf(traceEvents, names);
  const events = traceEvents.filter(
    event => event.ph === 'X' && event.pid === overview && event.dur !== null,
  );
  const done = events.filter(event => !notExecuted.test(names.get(trackOf(event)) ?? ''));
  return {
    program: 'qnn-profile-viewer',
    target: { label: 'QNN HTP' },
    operators: operatorsOf(done),
    figures: [...figuresOf(done, names)],
    notes: [
      'Operators run side by side on several units, so their cycles add up to more than the timeline has.',
      'Times are cycles: an optrace does not tell the clock of the HTP; its analysis summary does.',
    ],
  };
}

function trackOf({ pid, tid }: TraceEvent): string {
  return JSON.stringify([pid, tid]);
}

/** Names of processes (by their id alone) and of threads, from the metadata events. */
function trackNames(events: readonly TraceEvent[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const event of events) {
    const name = event.args?.name;
    if (event.ph !== 'M' || !name) continue;
    if (event.name === 'process_name') names.set(JSON.stringify(event.pid), name);
    if (event.name === 'thread_name') names.set(trackOf(event), name);
  }
  return names;
}

/** The process that has every event once: it is named so, or it is the first. */
function overviewOf(
  events: readonly TraceEvent[],
  names: ReadonlyMap<string, string>,
): string | number | null {
  const slices = events.filter(event => event.ph === 'X');
  const named = slices.find(event => /overview/i.test(names.get(JSON.stringify(event.pid)) ?? ''));
  return (named ?? slices.find(event => event.pid === 0) ?? slices[0])?.pid ?? null;
}

function operatorsOf(events: readonly TraceEvent[]): RunOperator[] {
  const sums = new Map<string, RunOperator>();
  for (const { args, dur } of events) {
    const layer = args?.['QNN Op Name'];
    if (!layer || dur === null) continue;
    const sum = sums.get(layer);
    if (sum !== undefined) sum.cycles = (sum.cycles ?? 0) + dur;
    else
      sums.set(layer, {
        stage: null,
        layer,
        op: null,
        // One operator is many micro-operations; how often it ran is not told.
        calls: null,
        timeUs: null,
        cycles: dur,
        estimated: false,
        provider: 'QNN HTP',
      });
  }
  return [...sums.values()];
}

/** The whole timeline, and how much of it every unit (HVX thread, HMX, DMA) was at work. */
function* figuresOf(
  events: readonly TraceEvent[],
  names: ReadonlyMap<string, string>,
): Generator<FigureDraft> {
  let begin = Number.POSITIVE_INFINITY;
  let end = 0;
  const busy = new Map<string, number>();
  for (const event of events) {
    const { ts, dur, tid } = event;
    if (ts === null || dur === null) continue;
    begin = Math.min(begin, ts);
    end = Math.max(end, ts + dur);
    const unit = names.get(trackOf(event)) ?? `thread ${tid}`;
    busy.set(unit, (busy.get(unit) ?? 0) + dur);
  }
  if (busy.size === 0) return;
  yield figure({ name: 'timeline', unit: 'cycles', values: [end - begin] });
  for (const [unit, cycles] of busy)
    yield figure({ name: `busy: ${unit}`, unit: 'cycles', values: [cycles] });
}
