/** One event of a trace. Times are whole microseconds, so that what touches on paper touches in the trace. */
export interface TraceEvent {
  /** `X` a span, `C` values at a moment, `M` a name. */
  readonly ph: 'X' | 'C' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args?: Readonly<Record<string, string | number | boolean | null>>;
}

type Args = NonNullable<TraceEvent['args']>;

/** A track of spans. Spans of one track lie beside or inside each other and never cross. */
export interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** Whole microseconds; a record may hold times that no clock has, and a trace takes 64 bits of nanoseconds. */
function microseconds(ms: number): number {
  return Math.min(Math.round(ms * 1000), Number.MAX_SAFE_INTEGER);
}

/** A span between two moments in milliseconds. Both ends are rounded, not the length, so that neighbours still meet. */
export function span(track: Track, name: string, fromMs: number, toMs: number, args: Args = {}): TraceEvent {
  const ts = microseconds(fromMs);
  return { ph: 'X', ...track, name, cat: 'autoneural', ts, dur: microseconds(toMs) - ts, args };
}

/** The value of a counter from a moment on. */
export function counter(pid: number, name: string, atMs: number, unit: string, value: number): TraceEvent {
  return { ph: 'C', pid, tid: 0, name, ts: microseconds(atMs), args: { [unit]: value } };
}

/** Names of a group of tracks and of its place among them. */
export function* groupNames(pid: number, name: string): Generator<TraceEvent> {
  yield { ph: 'M', pid, tid: 0, ts: 0, name: 'process_name', args: { name } };
  yield { ph: 'M', pid, tid: 0, ts: 0, name: 'process_sort_index', args: { sort_index: pid } };
}

export function trackName(track: Track, name: string): TraceEvent {
  return { ph: 'M', ...track, ts: 0, name: 'thread_name', args: { name } };
}
