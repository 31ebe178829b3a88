import type { ProfilingViewState, ToProfilingView } from '../../../src/protocol/profilingView';
import { nameForPeople } from '../../shared/text';
import { applyEvents, type LiveRun, liveStart } from './live';

/** Everything the extension has said. Changed only by {@link applyMessage}. */
export interface ViewModel {
  /** Null until the extension has spoken. */
  readonly state: Omit<ProfilingViewState, 'events'> | null;
  /** Null while no run is going on. */
  readonly live: LiveRun | null;
  readonly notice: string | null;
  /** For screen readers: said once. */
  readonly announcement: string;
}

export const initialModel: ViewModel = { state: null, live: null, notice: null, announcement: '' };

export type ViewMessage = ToProfilingView | { type: 'dismissNotice' };

/** The model after one message of the extension (or of the view to itself). */
export function applyMessage(model: ViewModel, message: ViewMessage): ViewModel {
  switch (message.type) {
    case 'state': {
      const { events, ...state } = message.state;
      const live = state.run.state === 'running' ? applyEvents(liveStart, events) : null;
      return { ...model, state, live, announcement: ending(model.state, state) ?? model.announcement };
    }
    case 'events':
      // Events that were overtaken by the end of their run must not start it again.
      return model.live ? { ...model, live: applyEvents(model.live, message.events) } : model;
    case 'stored':
      return model.state ? { ...model, state: { ...model.state, stored: message.stored } } : model;
    case 'notice':
      return { ...model, notice: message.message };
    case 'dismissNotice':
      return { ...model, notice: null };
  }
}

/** What to say when a run that was going on no longer is; null when nothing ended. */
function ending(before: ViewModel['state'], now: NonNullable<ViewModel['state']>): string | null {
  if (before?.run.state !== 'running' || now.run.state === 'running') return null;
  if (now.run.state === 'failed') return `The profile failed: ${now.run.failure.message}`;
  if (now.run.state === 'cancelled') return 'The profile was cancelled; what is measured stays.';
  if (now.runs[0]?.record.status === 'failed')
    return 'The profile did not come to its end; what is measured stays.';
  return `${nameForPeople(now.subject?.name ?? 'The model')} is profiled.`;
}
