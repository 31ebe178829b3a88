import { beforeEach, describe, expect, it } from 'vitest';
import type { CardRecord } from '../../../src/extension/prompt/cards';
import { toViewCard, turnsOf } from '../../../src/extension/prompt/cards';
import {
  type Compare,
  comparisonText,
  quantizedBundle,
  storedCard,
} from '../../../src/extension/prompt/comparisons';
import { PromptSession, type SessionChange } from '../../../src/extension/prompt/session';
import { SessionStore } from '../../../src/extension/prompt/store';
import type { CompareEvent, CompareOutcome, CompareResult } from '../../../src/protocol/compare';
import type { ModelChoice, PromptInput } from '../../../src/protocol/prompt';

const float: ModelChoice = { bundleDir: '/models/nano', precision: 'fp32', target: 'local-cpu' };
const quantized: ModelChoice = { ...float, precision: 'w8a16-w4a16' };
const level = { name: 'level-b6.png', path: '/pictures/level-b6.png' };

/** One comparison of the runtime, held open so that a test decides what comes when. */
interface Asked {
  choices: [ModelChoice, ModelChoice];
  input: PromptInput;
  send: (event: CompareEvent) => void;
  signal: AbortSignal;
  end: (outcome: CompareOutcome) => void;
}

let asked: Asked[];
let changes: SessionChange['type'][];
let session: PromptSession;
let answers: number;

const compare: Compare = (a, b, input, send, signal) =>
  new Promise(end => asked.push({ choices: [a, b], input, send, signal, end }));

beforeEach(() => {
  asked = [];
  changes = [];
  answers = 0;
  let ids = 0;
  session = new PromptSession('session', {
    answer: async () => ({ ok: true, result: { ...answered(`answer ${++answers}`), tokenIds: [] } }),
    compare,
    choice: () => float,
    sampling: () => ({}),
    newId: () => `card-${++ids}`,
  });
  session.showPicture(level);
  session.subscribe(change => changes.push(change.type));
});

function answered(answer: string) {
  return {
    answer,
    stopReason: 'end-of-text' as const,
    unknownWords: [],
    precision: 'fp32' as const,
    tokens: { image: 64, text: 9, generated: 1 },
    timings: {
      decodeImageMs: 1,
      resizeMs: 1,
      encodeMs: 1,
      projectMs: 1,
      prefillMs: 1,
      overheadMs: 1,
      ttftMs: 6,
      decodeMs: 0,
      decodeTokensPerSecond: null,
    },
    model: { name: 'nano', sha256: 'abc' },
  };
}

function result(steps = 1): CompareResult {
  const side = (answer: string, precision: ModelChoice['precision']) => {
    const { stopReason, timings, model } = answered(answer);
    return {
      answer,
      tokens: [{ id: 5, text: answer, end: answer.length }],
      stopReason,
      precision,
      model,
      timings,
    };
  };
  return {
    a: side('B6', 'fp32'),
    b: side('B8', 'w8a16-w4a16'),
    firstDifference: 0,
    steps: Array.from({ length: steps }, () => ({ token: { id: 5, text: 'B6' }, a: [], b: [], klNats: 0.5 })),
    stepsReason: null,
    verdict: 'Answers differ.',
  };
}

async function compared(outcome: CompareOutcome, more?: (asked: Asked) => void): Promise<CardRecord> {
  const ended = session.compareQuestion('Where?', quantized);
  const run = asked.at(-1);
  if (!run) throw new Error('nothing was asked');
  more?.(run);
  run.end(outcome);
  await ended;
  const card = session.cards.at(-1);
  if (!card) throw new Error('no card');
  return card;
}

describe('a comparison', () => {
  it('streams both answers into its card and ends with the result', async () => {
    const card = await compared({ ok: true, result: result() }, ({ choices, input, send }) => {
      expect(choices).toEqual([float, quantized]);
      expect(input).toMatchObject({ imagePath: level.path, question: 'Where?', turns: [] });
      send({ type: 'status', side: 'a', message: 'Answering' });
      expect(session.running?.comparison?.status).toBe('First model: Answering');
      send({ type: 'answer', side: 'a', text: 'B' });
      send({ type: 'answer', side: 'b', text: 'B8' });
      expect(session.running).toMatchObject({ answer: 'B', comparison: { answer: 'B8' } });
    });
    expect(card).toMatchObject({ state: 'done', answer: 'B6', comparison: { answer: 'B8', status: null } });
    expect(changes).toEqual(['card', 'progress', 'progress', 'progress', 'card']);
  });

  it('of a card is asked with what was said before that card, and is no turn itself', async () => {
    await session.ask('First?');
    await session.ask('Second?');
    const ended = session.compare('card-2', quantized);
    expect(asked[0]?.input.turns).toEqual([{ question: 'First?', answer: 'answer 1' }]);
    asked[0]?.end({ ok: true, result: result() });
    await ended;
    const [, second] = session.cards;
    expect(second && turnsOf(session.cards, second)).toHaveLength(2);
    void session.again('card-3');
    expect(asked[1]?.input.turns).toEqual(asked[0]?.input.turns);
    expect(asked[1]?.choices).toEqual([float, quantized]);
    expect(session.running?.comparison).not.toHaveProperty('result');
    session.stop();
    void session.compare('card-2', quantized);
    expect(asked[2]?.input.turns).toHaveLength(1);
  });

  it('stops at once, and what comes later is ignored', async () => {
    const ended = session.compareQuestion('Where?', quantized);
    asked[0]?.send({ type: 'answer', side: 'a', text: 'B' });
    session.stop();
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[0]?.send({ type: 'answer', side: 'a', text: 'B6' });
    asked[0]?.end({ ok: true, result: result() });
    await ended;
    expect(session.cards[0]).toMatchObject({ state: 'stopped', answer: 'B', comparison: { status: null } });
    expect(session.cards[0]?.comparison).not.toHaveProperty('result');
  });

  it('that fails says why in its card, and one runs at a time', async () => {
    void session.compareQuestion('Where?', quantized);
    void session.compareQuestion('Where else?', quantized);
    await session.ask('And?');
    expect(asked).toHaveLength(1);
    const failure = { kind: 'host-died', message: 'It died.' } as const;
    asked[0]?.end({ ok: false, failure });
    await new Promise(resolve => setImmediate(resolve));
    expect(session.cards).toMatchObject([{ state: 'failed', failure }]);
  });

  it('is copied with its question, its verdict and both answers', async () => {
    expect(comparisonText(await compared({ ok: true, result: result() }))).toBe(
      'Where?\nAnswers differ.\nnano · fp32: B6\nnano · w8a16-w4a16 (simulation of the NPU): B8',
    );
    await session.ask('Alone?');
    const [, alone] = session.cards;
    expect(alone && comparisonText(alone)).toBe('answer 1');
  });

  it('leads to the quantized one of its two models', async () => {
    const card = await compared({ ok: true, result: result() });
    expect(quantizedBundle(card)).toBe('/models/nano');
    expect(
      quantizedBundle({ ...card, choice: { ...quantized, bundleDir: '/a' }, comparison: undefined as never }),
    ).toBe('/a');
    expect(quantizedBundle({ ...card, choice: float, comparison: undefined as never })).toBeUndefined();
  });
});

describe('across a window reload', () => {
  it('a comparison comes back as it was, a long one without its steps', async () => {
    const entries = new Map<string, unknown>();
    const store = new SessionStore({
      keys: () => [...entries.keys()],
      get: (key: string) => structuredClone(entries.get(key)),
      update: async (key: string, value: unknown) => void entries.set(key, structuredClone(value)),
    } as never);
    await compared({ ok: true, result: result() });
    await compared({ ok: true, result: result(100) });
    await store.save('session', session.content);
    const cards = store.load('session')?.cards ?? [];
    expect(cards[0]).toEqual(session.cards[0]);
    expect(cards[1]?.comparison?.result).toMatchObject({ steps: [], verdict: 'Answers differ.' });
    expect(cards[1]?.comparison?.result?.stepsReason).toMatch(/^The 100 steps were not kept/);
    expect(JSON.stringify(entries.get('prompt.session.session')).length).toBeLessThan(6000);
  });

  it('what is stored of other cards is left alone', async () => {
    await session.ask('Where?');
    const [card] = session.cards;
    expect(card && storedCard(card)).toBe(card);
  });
});

it('the view is not told the earlier turns, and gets a copy', async () => {
  const card = await compared({ ok: true, result: result() });
  const { comparison } = toViewCard(card, level.path);
  expect(comparison).not.toHaveProperty('turns');
  expect(comparison).not.toBe(card.comparison);
  expect(comparison?.result?.verdict).toBe('Answers differ.');
});
