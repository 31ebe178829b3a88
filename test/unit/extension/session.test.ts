import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Compare } from '../../../src/extension/prompt/comparisons';
import { type Answer, PromptSession, type SessionChange } from '../../../src/extension/prompt/session';
import type { ModelChoice, PromptEvent, PromptInput, PromptOutcome } from '../../../src/protocol/prompt';

const nano: ModelChoice = { bundleDir: '/models/nano', precision: 'fp32', target: 'local-cpu' };
const zone = { left: 1, top: 2, width: 30, height: 40 };
const level = { name: 'level-b6.png', path: '/pictures/level-b6.png' };
const cabin = { name: 'cabin.png', path: '/pictures/cabin.png' };

/** One call of the runtime, held open so that a test decides what comes when. */
interface Asked {
  choice: ModelChoice;
  input: PromptInput;
  send: (event: PromptEvent) => void;
  signal: AbortSignal;
  end: (outcome: PromptOutcome) => void;
}

let asked: Asked[];
let changes: SessionChange['type'][];
let choice: ModelChoice;
let session: PromptSession;

const answer: Answer = (chosen, input, send, signal) =>
  new Promise(end => asked.push({ choice: chosen, input, send, signal, end }));

/** Nothing here compares. */
const compare: Compare = () => Promise.reject(new Error('not asked for'));

beforeEach(() => {
  asked = [];
  changes = [];
  choice = nano;
  let ids = 0;
  session = new PromptSession('session', {
    answer,
    compare,
    choice: () => choice,
    sampling: () => ({ maxTokens: 9 }),
    newId: () => `card-${++ids}`,
  });
  session.subscribe(change => changes.push(change.type));
});

const token = (index: number, text: string): PromptEvent => ({ type: 'token', text, index, atMs: index + 1 });

function done(text: string): PromptOutcome {
  return {
    ok: true,
    result: {
      answer: text,
      tokenIds: [5],
      stopReason: 'end-of-text',
      unknownWords: [],
      precision: 'fp32',
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
    },
  };
}

/** Lets promise reactions run. */
const settle = () => new Promise(resolve => setImmediate(resolve));

async function ask(question: string, reply: string, region?: typeof zone): Promise<void> {
  const ended = session.ask(question, region);
  asked.at(-1)?.end(done(reply));
  await ended;
}

describe('asking', () => {
  it('refuses without a picture, without words, and while an answer runs', () => {
    expect(session.refusal('Where?')).toBe('no-picture');
    session.showPicture(level);
    expect(session.refusal(' \n')).toBe('empty');
    expect(session.refusal('Where?')).toBeNull();
    void session.ask('Where?');
    expect(session.refusal('And now?')).toBe('busy');
    void session.ask('And now?');
    expect(asked).toHaveLength(1);
    expect(session.cards).toHaveLength(1);
  });

  it('streams into the card and ends it with the result', async () => {
    session.showPicture(level);
    const ended = session.ask('  Where?  ', zone);
    asked[0]?.send({ type: 'stage', stage: 'encode', ms: 3 });
    asked[0]?.send(token(0, 'The'));
    expect(session.cards[0]).toMatchObject({
      state: 'running',
      question: 'Where?',
      answer: 'The',
      region: zone,
    });
    asked[0]?.end(done('The left.'));
    await ended;
    expect(session.cards[0]).toMatchObject({ state: 'done', answer: 'The left.' });
    expect(session.running).toBeUndefined();
    expect(changes).toEqual(['content', 'card', 'event', 'event', 'card']);
    expect(asked[0]?.input).toEqual({
      imagePath: level.path,
      region: zone,
      turns: [],
      question: 'Where?',
      sampling: { maxTokens: 9 },
    });
  });

  it('carries the earlier turns of the same picture, region and build, and no others', async () => {
    session.showPicture(level);
    await ask('a', '1');
    await ask('b', '2', zone);
    session.showPicture(cabin);
    await ask('c', '3');
    session.showPicture(level);
    const failed = session.ask('d');
    asked.at(-1)?.end({ ok: false, failure: { kind: 'host-died', message: 'It died.' } });
    await failed;
    await ask('e', '5');
    expect(asked.at(-1)?.input.turns).toEqual([{ question: 'a', answer: '1' }]);
    choice = { ...nano, bundleDir: '/models/other' };
    await ask('f', '6');
    expect(asked.at(-1)?.input.turns).toEqual([]);
    expect(asked.at(-1)?.choice.bundleDir).toBe('/models/other');
  });

  it('keeps a bounded list of events: the first token, for its time, and the latest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), count => {
        session.clear();
        session.showPicture(level);
        void session.ask('Where?');
        asked.at(-1)?.send({ type: 'stage', stage: 'prefill', ms: 1 });
        for (let index = 0; index < count; index++) {
          asked.at(-1)?.send(token(index, 'x'.repeat(index)));
        }
        asked.at(-1)?.send({ type: 'stage', stage: 'decode', ms: 1 });
        const events = session.cards[0]?.events ?? [];
        const indices = events.flatMap(event => (event.type === 'token' ? [event.index] : []));
        expect(indices).toEqual(count === 1 ? [0] : [0, count - 1]);
        expect(events.at(-1)).toMatchObject({ type: 'stage', stage: 'decode' });
      }),
    );
  });
});

describe('ending', () => {
  it('stops at once, keeps what came, and ignores what comes later', async () => {
    session.showPicture(level);
    const ended = session.ask('Where?');
    asked[0]?.send(token(0, 'The'));
    session.stop();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(session.cards[0]).toMatchObject({ state: 'stopped', answer: 'The' });
    const next = session.ask('Next?');
    asked[0]?.send(token(1, 'The left'));
    asked[0]?.end(done('The left.'));
    await ended;
    expect(session.cards[0]).toMatchObject({ state: 'stopped', answer: 'The' });
    expect(session.running?.question).toBe('Next?');
    asked[1]?.end(done('Yes.'));
    await next;
    expect(session.cards[1]).toMatchObject({ state: 'done', answer: 'Yes.' });
  });

  it('writes a failure into the running card and never replays it', async () => {
    session.showPicture(level);
    const ended = session.ask('Where?');
    asked[0]?.send(token(0, 'The'));
    asked[0]?.end({ ok: false, failure: { kind: 'host-died', message: 'The model host died.' } });
    await ended;
    await settle();
    expect(session.cards[0]).toMatchObject({
      state: 'failed',
      answer: 'The',
      failure: { kind: 'host-died', message: 'The model host died.' },
    });
    expect(asked).toHaveLength(1);
  });

  it('deletes a running card by stopping it, and clears everything but the picture', () => {
    session.showPicture(level);
    void session.ask('Where?');
    session.delete('card-1');
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(session.cards).toEqual([]);
    void session.ask('Again?');
    session.clear();
    expect(asked[1]?.signal.aborted).toBe(true);
    expect(session.content).toEqual({ picture: level, cards: [] });
  });
});

describe('asking again', () => {
  it('replaces the answer in place, with the present choice and only the turns before it', async () => {
    session.showPicture(level);
    await ask('a', '1');
    await ask('b', '2');
    await ask('c', '3');
    session.showPicture(cabin);
    const ended = session.again('card-2');
    expect(session.cards[1]).toMatchObject({ state: 'running', answer: '', events: [] });
    expect(session.cards[1]).not.toHaveProperty('result');
    expect(asked.at(-1)?.input).toMatchObject({
      imagePath: level.path,
      turns: [{ question: 'a', answer: '1' }],
      question: 'b',
    });
    asked.at(-1)?.end(done('two'));
    await ended;
    expect(session.cards.map(card => card.answer)).toEqual(['1', 'two', '3']);
  });

  it('clears the failure of a failed card, and does nothing while another answer runs', async () => {
    session.showPicture(level);
    const failed = session.ask('a');
    asked[0]?.end({ ok: false, failure: { kind: 'internal', message: 'It broke.' } });
    await failed;
    void session.ask('b');
    await session.again('card-1');
    expect(asked).toHaveLength(2);
    session.stop();
    void session.again('card-1');
    expect(session.cards[0]).not.toHaveProperty('failure');
  });
});

it('shows a card that was running when the window closed as stopped', async () => {
  session.showPicture(level);
  void session.ask('Where?');
  const options = { answer, compare, choice: () => nano, sampling: () => ({}), newId: () => 'new' };
  const restored = new PromptSession('session', options, structuredClone(session.content));
  expect(restored.cards[0]).toMatchObject({ state: 'stopped', question: 'Where?' });
  expect(restored.refusal('Next?')).toBeNull();
  expect(asked).toHaveLength(1);
});
