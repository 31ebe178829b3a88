import type { ClaimsViewState, ToClaimsView } from '../../../src/protocol/claimsView';

/** Everything the extension has said. Changed only by {@link applyMessage}. */
export interface ViewModel {
  /** Null until the extension has spoken. */
  readonly state: ClaimsViewState | null;
  readonly notice: string | null;
  /** For screen readers: said once. */
  readonly announcement: string;
}

export const initialModel: ViewModel = { state: null, notice: null, announcement: '' };

export type ViewMessage = ToClaimsView | { type: 'dismissNotice' };

/** The model after one message of the extension (or of the view to itself). */
export function applyMessage(model: ViewModel, message: ViewMessage): ViewModel {
  const { state } = model;
  switch (message.type) {
    case 'state':
      return {
        ...model,
        state: message.state,
        announcement: ending(state, message.state) ?? model.announcement,
      };
    case 'progress':
      return state ? { ...model, state: { ...state, progress: message.progress } } : model;
    case 'measured':
      // What was overtaken by the end of its run must not replace the whole.
      return state?.run.state === 'running'
        ? { ...model, state: { ...state, report: message.report } }
        : model;
    case 'cost':
      return state ? { ...model, state: { ...state, cost: message.cost } } : model;
    case 'notice':
      return { ...model, notice: message.message };
    case 'dismissNotice':
      return { ...model, notice: null };
  }
}

/** What to say when a run that was going on no longer is; null when nothing ended. */
function ending(before: ClaimsViewState | null, now: ClaimsViewState): string | null {
  if (before?.run.state !== 'running' || now.run.state === 'running') return null;
  if (now.run.state === 'failed') return `The comparison failed: ${now.run.failure.message}`;
  if (now.run.state === 'cancelled') return 'The comparison was stopped; what is measured stays.';
  return `The comparison is done: ${(now.report?.claims ?? [])
    .map(({ claim, verdict }) => `${claim}: ${verdict}`)
    .join('; ')}.`;
}
