import type { Failure } from '../protocol/failure';
import type { ProfileEvent } from '../protocol/profile';
import type { RunRecord, RunRepetition, RunSample } from '../protocol/runRecord';
import { summarize } from './summaries';

/** Keeps what a profile tells, since a process that dies does not give back its record. */
export class Rescue {
  private begun: RunRecord | undefined;
  private readonly repetitions: RunRepetition[] = [];
  private readonly samples: RunSample[] = [];
  private readonly unmeasured: RunRecord['unmeasured'] = [];

  take(event: ProfileEvent): void {
    switch (event.type) {
      case 'begun':
        this.begun = event.record;
        break;
      case 'repetition':
        this.repetitions.push(event.repetition);
        break;
      case 'sample':
        this.samples.push(event.sample);
        break;
      case 'notice':
        this.unmeasured.push({ what: event.what, reason: event.reason });
    }
  }

  /** @returns the record of what was told until this failure; null where no prompt came to its end */
  record({ kind, message }: Failure): RunRecord | null {
    const { begun, repetitions, samples } = this;
    if (begun === undefined || repetitions.every(({ partial }) => partial)) return null;
    const told = new Set(this.unmeasured.map(({ what }) => what));
    return {
      ...begun,
      status: kind === 'cancelled' ? 'cancelled' : 'failed',
      statusReason: message,
      repetitions,
      samples,
      summaries: summarize(repetitions, begun.settings.warmUps ?? 0),
      unmeasured: [
        ...this.unmeasured,
        ...begun.unmeasured.filter(({ what }) => !told.has(what)),
        { what: 'peakRssBytes', reason: 'The process ended before it was asked for its peak.' },
      ],
    };
  }
}
