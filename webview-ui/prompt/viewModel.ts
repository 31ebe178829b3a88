import type { Card, PromptViewState, ToPromptView } from '../../src/protocol/promptView';
import { advance, noProgress, type Progress } from './progress';

/** A card and what its events add up to. */
export interface Entry {
  card: Card;
  progress: Progress;
}

/** Everything the panel draws. Changed only by {@link applyMessage}; what a person types lives with its control. */
export interface ViewModel {
  /** Null until the extension has spoken. */
  state: Omit<PromptViewState, 'cards'> | null;
  entries: readonly Entry[];
  /** A passing remark of the extension, e.g. that something dropped was no picture. */
  notice: string | null;
  /** For screen readers: said once, when an answer ends. */
  announcement: string;
  /** Counts requests to put the caret into the question box. */
  focusRequest: { serial: number; draft: string | null };
}

export const initialModel: ViewModel = {
  state: null,
  entries: [],
  notice: null,
  announcement: '',
  focusRequest: { serial: 0, draft: null },
};

export type ViewMessage = ToPromptView | { type: 'dismissNotice' };

/** The model after one message of the extension (or of the view to itself). */
export function applyMessage(model: ViewModel, message: ViewMessage): ViewModel {
  switch (message.type) {
    case 'batch':
      return message.messages.reduce(applyMessage, model);
    case 'state': {
      const { cards, ...state } = message.state;
      const entries = cards.map(toEntry);
      const said = cards.map(card => ending(find(model, card.id), card)).findLast(text => text !== null);
      return { ...model, state, entries, announcement: said ?? model.announcement };
    }
    case 'card': {
      const entry = toEntry(message.card);
      const known = find(model, message.card.id);
      return {
        ...model,
        entries: known
          ? model.entries.map(other => (other === known ? entry : other))
          : [...model.entries, entry],
        announcement: ending(known, message.card) ?? model.announcement,
      };
    }
    case 'event': {
      const known = find(model, message.cardId);
      // An event that was overtaken by the end of its card must not start it again.
      if (known?.card.state !== 'running') return model;
      const { event } = message;
      const entry: Entry = {
        card: event.type === 'token' ? { ...known.card, answer: event.text } : known.card,
        progress: advance(known.progress, event),
      };
      return { ...model, entries: model.entries.map(other => (other === known ? entry : other)) };
    }
    case 'focusQuestion':
      return {
        ...model,
        focusRequest: { serial: model.focusRequest.serial + 1, draft: message.draft ?? null },
      };
    case 'notice':
      return { ...model, notice: message.message };
    case 'dismissNotice':
      // The same model, where there is none: nothing is drawn anew for it.
      return model.notice === null ? model : { ...model, notice: null };
  }
}

function toEntry(card: Card): Entry {
  return { card, progress: card.events.reduce(advance, noProgress) };
}

function find(model: ViewModel, cardId: string): Entry | undefined {
  return model.entries.find(entry => entry.card.id === cardId);
}

/** What to say when a card that was running no longer is; null when nothing ended. */
function ending(before: Entry | undefined, card: Card): string | null {
  if (before?.card.state !== 'running' || card.state === 'running') return null;
  if (card.state === 'failed') return `No answer: ${card.failure?.message ?? 'the request failed'}`;
  const { comparison } = card;
  if (comparison) return `Comparison: ${comparison.result?.verdict ?? 'stopped'}`;
  return card.state === 'stopped' ? `Stopped. ${card.answer}` : `Answer: ${card.answer}`;
}

/** The card that is being answered, if any; the runtime answers one at a time. */
export function runningEntry(model: ViewModel): Entry | undefined {
  return model.entries.find(entry => entry.card.state === 'running');
}

/** Why a question cannot be sent now, in words for the person; null when it can. */
export function whyNotAsk(model: ViewModel): string | null {
  const { state } = model;
  if (!state) return 'Starting…';
  if (!state.picture) return 'Choose a picture first';
  if (!state.models.some(info => info.bundleDir === state.choice.bundleDir)) return 'Choose a model first';
  return runningEntry(model) ? 'An answer is being written; Escape stops it' : null;
}
