import { StudioError } from '../../protocol/failure';
import type { OperatorPass, RunLoad, RunRecord, RunSample } from '../../protocol/runRecord';
import { counter, groupNames, span, type TraceEvent, trackName } from './events';
import { promptEvents } from './prompts';

/** Tokens of all prompts together: each makes two events of about 100 bytes. */
const maxTokens = 1_000_000;

/**
 * A run as a trace for chrome://tracing and Perfetto (ui.perfetto.dev), tried with the former's importer: prompts with their parts and tokens,
 * memory, temperature and clocks as counters. Loads and operators have lengths but no moments in a record; they stand
 * in groups of their own whose names say so. Source: the Trace Event Format, JSON object form (Google document
 * 1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
 * @returns JSON, one event a line
 * @throws {StudioError} `run-invalid` when nothing in the run has a time, or it has too many tokens
 */
export function chromeTrace(record: RunRecord): string {
  const tokens = record.repetitions.reduce((sum, { tokenAtMs }) => sum + tokenAtMs.length, 0);
  if (tokens > maxTokens) {
    const message = `The run has the times of ${tokens} tokens, and a trace can hold ${maxTokens}: profile fewer repetitions.`;
    throw new StudioError('run-invalid', message);
  }
  const events = [...eventsOf(record)];
  if (events.length === 0) {
    const message = `The run ${record.name} has figures only, no prompt, load or operator whose time a trace could show: choose another run.`;
    throw new StudioError('run-invalid', message);
  }
  const lines = events.map(event => JSON.stringify(event)).join(',\n');
  const about = JSON.stringify(aboutOf(record));
  return `{"displayTimeUnit":"ms","otherData":${about},"traceEvents":[\n${lines}\n]}\n`;
}

function* eventsOf({ repetitions, samples, loads, operatorPass }: RunRecord): Generator<TraceEvent> {
  yield* promptEvents(repetitions);
  yield* sampleEvents(samples);
  yield* loadEvents(loads);
  if (operatorPass !== null) yield* operatorEvents(operatorPass);
}

/** What the viewers show beside the trace. */
function aboutOf({ name, id, provenance, status, statusReason, notes }: RunRecord): Record<string, string> {
  const { kind, source, program, date, model, precision, target, device, threads, versions } = provenance;
  const facts = {
    run: name,
    id,
    provenance: source === null ? kind : `${kind} from ${source.file} (${source.format})`,
    program,
    date,
    model: model.name,
    'model sha256': model.sha256,
    precision,
    target: target.label ?? target.id,
    device: device.name ?? device.processor,
    threads,
    versions: Object.entries(versions)
      .map(entry => entry.join(' '))
      .join(', '),
    status: statusReason === null ? status : `${status}: ${statusReason}`,
    notes: notes.join(' '),
    'parts of a prompt': 'drawn one behind the other: their lengths were measured, not their moments',
  };
  const told = Object.entries(facts).filter(([, fact]) => fact !== null && fact !== '');
  return Object.fromEntries(told.map(([title, fact]) => [title, `${fact}`]));
}

function* sampleEvents(samples: readonly RunSample[]): Generator<TraceEvent> {
  const pid = 2;
  if (samples.length > 0) yield* groupNames(pid, 'Sensors');
  for (const { atMs, rssBytes, cacheBytes, temperaturesC, clockMhz } of samples) {
    if (rssBytes !== null) yield counter(pid, 'resident memory', atMs, 'bytes', rssBytes);
    if (cacheBytes !== null) yield counter(pid, 'cache of the decoder', atMs, 'bytes', cacheBytes);
    if (clockMhz !== null) yield counter(pid, 'clock of the fastest core', atMs, 'MHz', clockMhz);
    for (const [sensor, celsius] of Object.entries(temperaturesC ?? {}))
      yield counter(pid, `temperature ${sensor}`, atMs, 'degrees C', celsius);
  }
}

function* loadEvents(loads: readonly RunLoad[]): Generator<TraceEvent> {
  const track = { pid: 3, tid: 1 };
  if (loads.length === 0) return;
  yield* groupNames(track.pid, 'Loads (lengths end to end, not when they were)');
  yield trackName(track, 'loads');
  let from = 0;
  for (const { kind, ms, derived } of loads) {
    yield span(track, `${kind} load`, from, from + ms, { derived });
    from += ms;
  }
}

/** Operators with only cycles have no length in time and are left out. */
function* operatorEvents({ operators }: OperatorPass): Generator<TraceEvent> {
  const pid = 4;
  const stages = [...new Set(operators.map(({ stage }) => stage))];
  const timed = operators.filter(({ timeUs }) => timeUs !== null && timeUs > 0);
  if (timed.length === 0) return;
  yield* groupNames(pid, 'Operators (sums over all calls, end to end, not when they ran)');
  for (const [place, stage] of stages.entries()) {
    const track = { pid, tid: place + 1 };
    yield trackName(track, stage ?? 'operators');
    let from = 0;
    for (const { layer, op, calls, timeUs, cycles, estimated, provider } of timed.filter(
      one => one.stage === stage,
    )) {
      const to = from + (timeUs ?? 0) / 1000;
      yield span(track, layer, from, to, { op, calls, provider, estimated, cycles, us: timeUs });
      from = to;
    }
  }
}
