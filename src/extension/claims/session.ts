import type { ClaimsReport } from '../../protocol/claims';
import type {
  ClaimsCostOutcome,
  ClaimsCostParams,
  ClaimsEvent,
  ClaimsOutcome,
  MeasureClaimsParams,
} from '../../protocol/claimsRun';
import type { ClaimsForm, ClaimsProgress } from '../../protocol/claimsView';
import type { MeasurementRun } from '../../protocol/quantizationView';

/** The model whose claims are tested, then the baseline. */
type ClaimsPair = MeasureClaimsParams['models'];

/** What measures; never rejects. */
export interface ClaimsMeasuring {
  measure(
    params: Omit<MeasureClaimsParams, 'progressToken'>,
    onEvent: (event: ClaimsEvent) => void,
    signal: AbortSignal,
  ): Promise<ClaimsOutcome>;
  cost(params: ClaimsCostParams, signal: AbortSignal): Promise<ClaimsCostOutcome>;
}

/** What survives a window reload. */
export interface SessionContent {
  form: ClaimsForm;
  /** Absolute path of what is shown; null where nothing is kept. */
  file: string | null;
}

export type SessionChange =
  | { type: 'progress'; progress: ClaimsProgress }
  | { type: 'measured'; report: ClaimsReport }
  | { type: 'cost'; cost: ClaimsCostOutcome | null }
  /** A run began or ended, another report or form is there. */
  | { type: 'state' };

const start: ClaimsProgress = { doing: 'Starting…', done: 0, of: null };

/** One comparison with the paper and the one before it. It knows neither the editor nor the runtime. */
export class ClaimsSession {
  readonly id: string;
  readonly #measuring: ClaimsMeasuring;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  #form: ClaimsForm;
  #cost: ClaimsCostOutcome | null = null;
  #run: MeasurementRun = { state: 'idle' };
  #progress = start;
  /** Of the run that is going on; null before its first value. */
  #live: ClaimsReport | null = null;
  #report: ClaimsReport | null = null;
  #file: string | null = null;
  #abort: AbortController | undefined;
  #costAbort: AbortController | undefined;

  constructor(id: string, form: ClaimsForm, measuring: ClaimsMeasuring) {
    this.id = id;
    this.#form = form;
    this.#measuring = measuring;
  }

  get content(): SessionContent {
    return { form: this.#form, file: this.#file };
  }

  get cost(): ClaimsCostOutcome | null {
    return this.#cost;
  }

  get run(): MeasurementRun {
    return this.#run;
  }

  get progress(): ClaimsProgress {
    return this.#progress;
  }

  /** What there is to see: of a run that is going on, what it has; else the last one. */
  get report(): ClaimsReport | null {
    return this.running ? this.#live : this.#report;
  }

  get running(): boolean {
    return this.#abort !== undefined;
  }

  /** Calls `listener` after every change; the returned function ends that. */
  subscribe(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows what is kept in a file. */
  show(report: ClaimsReport, file: string): void {
    this.#report = report;
    this.#file = file;
    this.#emit({ type: 'state' });
  }

  /** Takes a form and finds out what it costs; a form that comes meanwhile is the one that counts. */
  async plan(form: ClaimsForm, models: ClaimsPair): Promise<void> {
    this.#form = form;
    this.#costAbort?.abort();
    const abort = new AbortController();
    this.#costAbort = abort;
    this.#setCost(null);
    const { settings } = form;
    const cost = await this.#measuring.cost({ models, settings }, abort.signal);
    if (!abort.signal.aborted) this.#setCost(cost);
  }

  /**
   * Measures. A run that was stopped or that failed leaves what it has, marked as partial. Does nothing while one is
   * going on.
   * @param keep writes the report; its file, or null
   */
  async measure(
    form: ClaimsForm,
    models: ClaimsPair,
    keep: (report: ClaimsReport) => Promise<string | null>,
  ): Promise<void> {
    if (this.running) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#form = form;
    this.#progress = start;
    this.#live = null;
    this.#run = { state: 'running' };
    this.#emit({ type: 'state' });
    const params = { models, settings: form.settings };
    const outcome = await this.#measuring.measure(params, event => this.#take(event), abort.signal);
    const report = outcome.ok ? outcome.report : this.#rescued(outcome.failure.message);
    if (report) {
      this.#file = await keep(report);
      this.#report = report;
    }
    this.#abort = undefined;
    this.#live = null;
    this.#run = endOf(outcome, abort.signal.aborted);
    this.#emit({ type: 'state' });
  }

  /** Ends the run; what is measured so far comes back as its report. */
  cancel(): void {
    this.#abort?.abort();
  }

  /** Ends everything without a word: nobody looks any more. */
  dispose(): void {
    this.#listeners.clear();
    this.#costAbort?.abort();
    this.cancel();
  }

  /** What a process that died had told; null where that is nothing but counts. */
  #rescued(reason: string): ClaimsReport | null {
    const live = this.#live;
    if (!live || live.pictures.length + live.decode.length === 0) return null;
    return { ...live, status: 'partial', statusReason: reason };
  }

  #take(event: ClaimsEvent): void {
    switch (event.type) {
      case 'doing':
        this.#progress = { ...this.#progress, doing: event.message };
        this.#emit({ type: 'progress', progress: this.#progress });
        break;
      case 'progress':
        this.#progress = { ...this.#progress, done: event.done, of: event.of };
        this.#emit({ type: 'progress', progress: this.#progress });
        break;
      case 'measured':
        this.#live = event.report;
        this.#emit(event);
    }
  }

  #setCost(cost: ClaimsCostOutcome | null): void {
    this.#cost = cost;
    this.#emit({ type: 'cost', cost });
  }

  #emit(change: SessionChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function endOf(outcome: ClaimsOutcome, cancelled: boolean): MeasurementRun {
  if (outcome.ok) return { state: outcome.report.status === 'partial' ? 'cancelled' : 'done' };
  return cancelled ? { state: 'cancelled' } : { state: 'failed', failure: outcome.failure };
}
