import { expect, it } from 'vitest';
import type { PromptEvent, PromptResult } from '../../../src/protocol/prompt';
import type { Card } from '../../../src/protocol/promptView';
import { details, factLine, stageSentence, unknownWordsSentence } from '../../../webview-ui/prompt/cardFacts';
import { advance, noProgress, timeShares, totalMs } from '../../../webview-ui/prompt/progress';

const image = (reused: boolean): PromptEvent => ({
  type: 'image',
  width: 640,
  height: 480,
  inputWidth: 128,
  inputHeight: 128,
  imageTokens: 64,
  reused,
});
const token = (index: number, atMs: number): PromptEvent => ({ type: 'token', text: 'x', index, atMs });
const fold = (...events: PromptEvent[]) => events.reduce(advance, noProgress);

const result: PromptResult = {
  answer: 'B 6',
  tokenIds: [5, 6, 7],
  stopReason: 'end-of-text',
  unknownWords: [],
  precision: 'fp32',
  tokens: { image: 0, text: 20, generated: 3 },
  timings: {
    decodeImageMs: null,
    resizeMs: null,
    encodeMs: null,
    projectMs: null,
    prefillMs: 4,
    overheadMs: 1,
    ttftMs: 5,
    decodeMs: 6,
    decodeTokensPerSecond: 333.3,
  },
  model: { name: 'nano', sha256: 'abcdef0123456789' },
};

const card = (change: Partial<Card>): Card => ({
  id: '1',
  question: 'Where?',
  choice: { bundleDir: '/m', precision: 'fp32', target: 'local-cpu' },
  state: 'running',
  answer: '',
  events: [],
  ...change,
});

it('adds events up: loading ends with the first real work, tokens are counted by their index', () => {
  expect(fold({ type: 'loading', message: 'Loading nano' }).loading).toBe('Loading nano');
  const progress = fold(
    { type: 'loading', message: 'Loading nano' },
    image(false),
    { type: 'stage', stage: 'encode', ms: 7 },
    token(0, 15),
    token(9, 33),
  );
  expect(progress).toMatchObject({ loading: null, tokens: 10, firstTokenAtMs: 15, lastTokenAtMs: 33 });
  expect(progress.image?.width).toBe(640);
});

it('shows the stages that ran, in their order, and decode as first to latest token while it runs', () => {
  const running = fold(
    { type: 'stage', stage: 'prefill', ms: 4 },
    { type: 'stage', stage: 'encode', ms: 7 },
    token(0, 12),
    token(4, 20),
  );
  expect(timeShares(running, undefined)).toEqual([
    { part: 'encode', ms: 7 },
    { part: 'prefill', ms: 4 },
    { part: 'overhead', ms: 1 },
    { part: 'decode', ms: 8 },
  ]);
  expect(totalMs(timeShares(running, undefined))).toBe(20);
});

it('takes a finished answer from its result, where a stage that did not run has no share', () => {
  expect(timeShares(fold({ type: 'stage', stage: 'encode', ms: 99 }), result)).toEqual([
    { part: 'prefill', ms: 4 },
    { part: 'overhead', ms: 1 },
    { part: 'decode', ms: 6 },
  ]);
  const single = { ...result, tokens: { ...result.tokens, generated: 1 } };
  expect(timeShares(noProgress, single)).toEqual([
    { part: 'prefill', ms: 4 },
    { part: 'overhead', ms: 1 },
  ]);
});

it('says in one line what was measured', () => {
  expect(factLine({ card: card({ state: 'done', result }), progress: fold(image(true)) })).toBe(
    'image reused · first token 5.0 ms · 333 tok/s · 3 tokens',
  );
  const one: PromptResult = {
    ...result,
    stopReason: 'max-tokens',
    tokens: { ...result.tokens, generated: 1 },
    timings: { ...result.timings, decodeTokensPerSecond: null },
  };
  expect(factLine({ card: card({ state: 'done', result: one }), progress: fold(image(false)) })).toBe(
    'first token 5.0 ms · 1 token · token limit reached',
  );
});

it('says what a running card is doing', () => {
  const line = (...events: PromptEvent[]) => factLine({ card: card({}), progress: fold(...events) });
  expect(line()).toBe('waiting…');
  expect(line({ type: 'loading', message: 'Loading nano' })).toBe('Loading nano');
  expect(line({ type: 'stage', stage: 'decodeImage', ms: 1 })).toBe('resizing…');
  expect(line(image(true))).toBe('image reused · prefilling…');
  expect(line(image(true), token(0, 3.14))).toBe('image reused · first token 3.1 ms · decoding…');
});

it('says of a stopped card how far it came', () => {
  const progress = fold(image(false), token(0, 5), token(6, 20));
  expect(factLine({ card: card({ state: 'stopped' }), progress })).toBe(
    'first token 5.0 ms · 7 tokens · stopped',
  );
  expect(factLine({ card: card({ state: 'stopped' }), progress: noProgress })).toBe('stopped');
});

it('puts the bar and unknown words into sentences', () => {
  expect(
    stageSentence([
      { part: 'encode', ms: 7.06 },
      { part: 'prefill', ms: 0.4 },
      { part: 'decode', ms: 1200 },
    ]),
  ).toBe('Time by stage: encode 7.1 ms, prefill 0.40 ms and decode 1.20 s.');
  expect(unknownWordsSentence(['zeppelin'])).toContain('the word “zeppelin”');
  expect(unknownWordsSentence(['a', 'b', 'c'])).toContain('the words “a”, “b” and “c”');
});

it('details the provenance', () => {
  expect(new Map(details(result))).toEqual(
    new Map([
      ['first token', '5.0 ms'],
      ['prefilled', '0 image + 20 text tokens'],
      ['prefill', '5000 tok/s'],
      ['ran as', 'fp32'],
      ['model', 'nano abcdef01'],
    ]),
  );
});
