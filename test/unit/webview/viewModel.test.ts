import { expect, it } from 'vitest';
import type { Card, PromptViewState, ToPromptView } from '../../../src/protocol/promptView';
import {
  applyMessage,
  initialModel,
  runningEntry,
  type ViewMessage,
  whyNotAsk,
} from '../../../webview-ui/prompt/viewModel';

const choice = { bundleDir: '/nano', precision: 'fp32', target: 'local-cpu' } as const;
const card = (id: string, change: Partial<Card> = {}): Card => ({
  id,
  question: `Question ${id}?`,
  choice,
  state: 'running',
  answer: '',
  events: [],
  ...change,
});
const state = (change: Partial<PromptViewState> = {}): ToPromptView => ({
  type: 'state',
  state: {
    sessionId: 's',
    picture: { name: 'a.png', src: 'uri:a' },
    models: [
      {
        bundleDir: '/nano',
        name: 'nano',
        sha256: 'ab',
        parameters: 1,
        imageSize: 128,
        imageTokens: 64,
        contextLength: 512,
        precisions: ['fp32'],
      },
    ],
    targets: [],
    choice,
    cards: [],
    runtime: { state: 'ready' },
    trusted: true,
    ...change,
  },
});
const after = (...messages: ViewMessage[]) => messages.reduce(applyMessage, initialModel);
const token = (cardId: string, text: string, index: number): ToPromptView => ({
  type: 'event',
  cardId,
  event: { type: 'token', text, index, atMs: 10 + index },
});

it('streams events into the card that runs, and leaves the other cards untouched', () => {
  const before = after(state({ cards: [card('1', { state: 'done', answer: 'Yes' }), card('2')] }));
  const model = applyMessage(applyMessage(before, token('2', 'Thr', 0)), token('2', 'Three', 1));
  expect(model.entries[1]?.card.answer).toBe('Three');
  expect(model.entries[1]?.progress.tokens).toBe(2);
  expect(model.entries[0]).toBe(before.entries[0]);
});

it('finds a reloaded card as far as its events go', () => {
  const events = [{ type: 'stage', stage: 'prefill', ms: 4 } as const];
  expect(after(state({ cards: [card('1', { events })] })).entries[0]?.progress.stageMs.get('prefill')).toBe(
    4,
  );
});

it('ignores events of cards that are unknown or have ended', () => {
  const model = after(state({ cards: [card('1', { state: 'stopped', answer: 'Th' })] }));
  expect(applyMessage(model, token('1', 'Three', 1))).toBe(model);
  expect(applyMessage(model, token('9', 'Three', 1))).toBe(model);
});

it('replaces a card in its place and appends a new one', () => {
  const model = after(
    state({ cards: [card('1'), card('2')] }),
    { type: 'card', card: card('1', { state: 'done', answer: 'Yes' }) },
    { type: 'card', card: card('3') },
  );
  expect(model.entries.map(({ card: { id, state: now } }) => `${id} ${now}`)).toEqual([
    '1 done',
    '2 running',
    '3 running',
  ]);
});

it('announces an end once, and only of a card that was seen running', () => {
  const ended = card('1', { state: 'done', answer: 'Yes' });
  expect(after(state({ cards: [ended] })).announcement).toBe('');
  const model = after(state({ cards: [card('1')] }), { type: 'card', card: ended });
  expect(model.announcement).toBe('Answer: Yes');
  const failure = { kind: 'host-died', message: 'The model host ended.' } as const;
  const failing = after(
    state({ cards: [card('1')] }),
    state({ cards: [card('1', { state: 'failed', failure })] }),
  );
  expect(failing.announcement).toBe('No answer: The model host ended.');
});

it('says why a question cannot be asked', () => {
  expect(whyNotAsk(initialModel)).toBe('Starting…');
  expect(whyNotAsk(after(state({ picture: null })))).toBe('Choose a picture first');
  expect(whyNotAsk(after(state({ models: [] })))).toBe('Choose a model first');
  expect(whyNotAsk(after(state({ cards: [card('1')] })))).toContain('Escape');
  expect(whyNotAsk(after(state({ cards: [card('1', { state: 'done' })] })))).toBeNull();
  expect(runningEntry(after(state({ cards: [card('1')] })))?.card.id).toBe('1');
});

it('counts requests for the focus, so that the same draft can be put back twice', () => {
  const model = after({ type: 'focusQuestion', draft: 'Where?' }, { type: 'focusQuestion', draft: 'Where?' });
  expect(model.focusRequest).toEqual({ serial: 2, draft: 'Where?' });
});

it('shows a notice until it is dismissed', () => {
  const model = after({ type: 'notice', message: 'No picture.' });
  expect(model.notice).toBe('No picture.');
  expect(applyMessage(model, { type: 'dismissNotice' }).notice).toBeNull();
});

it('draws the beginning of an answer, sent at once, as if it had come piece by piece', () => {
  const pieces: ToPromptView[] = [
    { type: 'card', card: card('1') },
    { type: 'event', cardId: '1', event: { type: 'stage', stage: 'prefill', ms: 3 } },
    token('1', 'Yes', 0),
  ];
  const whole = after(state(), { type: 'batch', messages: pieces });
  expect(whole).toEqual(after(state(), ...pieces));
  expect(whole.entries[0]?.card.answer).toBe('Yes');
});
