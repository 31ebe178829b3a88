import type { ProfileEvent, ProfileOutcome, ProfileParams, ProfileSettings } from '../../protocol/profile';
import { maxRunsShown, type ShownRun } from '../../protocol/profilingView';
import type { ModelChoice } from '../../protocol/prompt';
import type { MeasurementRun } from '../../protocol/quantizationView';
import type { RunRecord } from '../../protocol/runRecord';

/** What measures; never rejects. */
export interface Profiling {
  profile(
    params: Omit<ProfileParams, 'progressToken'>,
    onEvent: (event: ProfileEvent) => void,
    signal: AbortSignal,
  ): Promise<ProfileOutcome>;
}

/** What survives a window reload. Runs are files. */
export interface SessionContent {
  /** Null where the panel was opened for stored runs alone. */
  choice: ModelChoice | null;
  settings: ProfileSettings;
  /** Absolute paths of the runs' files, the first one first. */
  files: string[];
}

/** A run of the session with the file that keeps it; null where it could not be written. */
export interface SessionRun {
  record: RunRecord;
  file: string | null;
}

export type SessionChange =
  | { type: 'events'; events: ProfileEvent[] }
  /** A run began or ended, came or went. */
  | { type: 'state' };

/** How often events of a run are passed on: charts need no more. */
const batchMs = 100;

/** The runs of one panel. It knows neither the editor nor the runtime. */
export class ProfilingSession {
  readonly id: string;
  readonly #profiling: Profiling;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  #content: Omit<SessionContent, 'files'>;
  #runs: readonly SessionRun[] = [];
  #run: MeasurementRun = { state: 'idle' };
  #events: ProfileEvent[] = [];
  #pending: ProfileEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #abort: AbortController | undefined;

  constructor(id: string, content: Omit<SessionContent, 'files'>, profiling: Profiling) {
    this.id = id;
    this.#content = content;
    this.#profiling = profiling;
  }

  get content(): SessionContent {
    return { ...this.#content, files: this.#runs.flatMap(({ file }) => (file === null ? [] : [file])) };
  }

  get run(): MeasurementRun {
    return this.#run;
  }

  get runs(): readonly SessionRun[] {
    return this.#runs;
  }

  /** Of the run that is going on. */
  get events(): readonly ProfileEvent[] {
    return this.#events;
  }

  get running(): boolean {
    return this.#abort !== undefined;
  }

  /** Calls `listener` after every change; the returned function ends that. */
  subscribe(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what is given and keeps the rest for the next run. */
  choose(change: { choice?: ModelChoice; settings?: ProfileSettings }): void {
    this.#content = { ...this.#content, ...change };
    this.#emit({ type: 'state' });
  }

  /**
   * Measures, and puts the run before those that are there; a cancelled one with what it has. Does nothing while a run
   * is going on.
   * @param keep writes the record; its file, or null
   */
  async measure(keep: (record: RunRecord) => Promise<string | null>): Promise<void> {
    const { choice, settings } = this.#content;
    if (this.running || choice === null) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#events = [];
    this.#run = { state: 'running' };
    this.#emit({ type: 'state' });
    const onEvent = (event: ProfileEvent) => this.#take(event);
    const outcome = await this.#profiling.profile({ choice, settings }, onEvent, abort.signal);
    this.#flush();
    if (outcome.ok)
      this.#runs = [{ record: outcome.record, file: await keep(outcome.record) }, ...this.#runs];
    this.#runs = this.#runs.slice(0, maxRunsShown);
    this.#abort = undefined;
    this.#events = [];
    this.#run = endOf(outcome, abort.signal.aborted);
    this.#emit({ type: 'state' });
  }

  /** Ends the run; what is measured so far comes back as its record. */
  cancel(): void {
    this.#abort?.abort();
  }

  /** Lays a run behind those that are there; one that is there already is not doubled. */
  add(run: SessionRun): void {
    const others = this.#runs.filter(({ record }) => record.id !== run.record.id);
    this.#runs = [...others, run].slice(0, maxRunsShown);
    this.#emit({ type: 'state' });
  }

  /** A kept run may have another name by now. */
  takeNames(kept: readonly { readonly id: string; readonly name: string }[]): void {
    const names = new Map(kept.map(({ id, name }) => [id, name]));
    const renamed = this.#runs.map(run => {
      const name = names.get(run.record.id) ?? run.record.name;
      return name === run.record.name ? run : { ...run, record: { ...run.record, name } };
    });
    if (renamed.every((run, place) => run === this.#runs[place])) return;
    this.#runs = renamed;
    this.#emit({ type: 'state' });
  }

  remove(id: string): void {
    this.#runs = this.#runs.filter(({ record }) => record.id !== id);
    this.#emit({ type: 'state' });
  }

  /** Ends everything without a word: nobody looks any more. */
  dispose(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
    this.cancel();
  }

  #take(event: ProfileEvent): void {
    this.#pending.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), batchMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    this.#events.push(...events);
    this.#emit({ type: 'events', events });
  }

  #emit(change: SessionChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function endOf(outcome: ProfileOutcome, cancelled: boolean): MeasurementRun {
  if (outcome.ok) return outcome.record.status === 'cancelled' ? { state: 'cancelled' } : { state: 'done' };
  return cancelled ? { state: 'cancelled' } : { state: 'failed', failure: outcome.failure };
}

/** Whether a run may be shown: what the view is told of it. */
export function shownRun({ record, file }: SessionRun, placeOf: (file: string) => string): ShownRun {
  return { record, place: file === null ? null : placeOf(file) };
}
