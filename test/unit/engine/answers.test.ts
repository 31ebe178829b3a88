import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { parse } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTarget } from '../../../src/devices/local';
import type { LoadedModel, PromptRequest } from '../../../src/engine/target';
import { type PromptEvent, type PromptResult, promptResultSchema } from '../../../src/protocol/prompt';
import { nanoDir, root } from './nano';
import { put, scratchFolder } from './pictures';

const folder = scratchFolder();
const picture = path.join(root, 'test/fixtures/heldout/images/carfinder-00.png');
const other = path.join(root, 'test/fixtures/heldout/images/shapes-00.png');
const never = new AbortController().signal;
let model: LoadedModel;

async function open(): Promise<LoadedModel> {
  return findTarget('local-cpu').open(nanoDir, {
    precision: 'fp32',
    cacheDir: path.join(folder, 'cache'),
    threads: 1,
  });
}

/** Asks and keeps the events. */
async function ask(on: LoadedModel, question: string, more: Partial<PromptRequest> = {}, signal = never) {
  const events: PromptEvent[] = [];
  const request = { imagePath: picture, turns: [], question, ...more };
  const result: PromptResult = await on.prompt(request, event => events.push(event), signal);
  return { ...result, events };
}

const stagesOf = (events: PromptEvent[]) =>
  events.flatMap(event => (event.type === 'stage' ? [event.stage] : []));
const reusedIn = (events: PromptEvent[]) =>
  events.flatMap(event => (event.type === 'image' ? [event.reused] : []));

beforeAll(async () => {
  model = await open();
});
afterAll(() => model.close());

describe('an answer', () => {
  it('comes with every stage measured, and its parts make up the time to the first token', async () => {
    const fresh = await open();
    const { events, ...result } = await ask(fresh, 'Where did I park?');
    await fresh.close();
    expect(parse(promptResultSchema, result)).toEqual(result);
    expect(stagesOf(events)).toEqual(['decodeImage', 'resize', 'encode', 'project', 'prefill', 'decode']);
    const { decodeImageMs, resizeMs, encodeMs, projectMs, prefillMs, overheadMs, ttftMs } = result.timings;
    const parts = [decodeImageMs, resizeMs, encodeMs, projectMs, prefillMs, overheadMs];
    expect(parts.reduce<number>((sum, ms) => sum + (ms ?? Number.NaN), 0)).toBeCloseTo(ttftMs, 6);
    expect(result.tokens.image).toBe(64);
    expect(result.tokens.generated).toBe(result.tokenIds.length);
    expect(events.find(event => event.type === 'image')).toMatchObject({
      width: 256,
      height: 256,
      inputWidth: 128,
      inputHeight: 128,
      imageTokens: 64,
      reused: false,
    });
  });

  it('streams its text token by token, the last event holding the whole answer', async () => {
    const { events, answer, stopReason, tokenIds } = await ask(model, 'Describe the picture.');
    const tokens = events.flatMap(event => (event.type === 'token' ? [event] : []));
    expect(tokens.at(-1)?.text).toBe(answer);
    expect(tokens.map(({ index }) => index)).toEqual([...tokens.keys()]);
    expect(tokens.length).toBe(tokenIds.length - (stopReason === 'end-of-text' ? 1 : 0));
    const times = tokens.map(({ atMs }) => atMs);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
  });

  it('stops at the asked number of tokens', async () => {
    const { tokenIds, stopReason, timings } = await ask(model, 'Describe the picture.', {
      sampling: { maxTokens: 1 },
    });
    expect([tokenIds.length, stopReason, timings.decodeTokensPerSecond]).toEqual([1, 'max-tokens', null]);
  });

  it('names the words it does not know and answers all the same', async () => {
    const { unknownWords, answer } = await ask(model, 'Where is the Quetzalcoatlus?');
    expect(unknownWords).toEqual(['Quetzalcoatlus']);
    expect(typeof answer).toBe('string');
  });

  it('is the same for the same seed', async () => {
    const sampling = { temperature: 5, topK: 200, topP: 1, seed: 11, maxTokens: 12 };
    const first = await ask(model, 'Describe the picture.', { sampling });
    const again = await ask(model, 'Describe the picture.', { sampling });
    const another = await ask(model, 'Describe the picture.', { sampling: { ...sampling, seed: 12 } });
    expect(again.tokenIds).toEqual(first.tokenIds);
    expect(another.tokenIds).not.toEqual(first.tokenIds);
  });

  it('looks at the region that was asked for', async () => {
    const { events } = await ask(model, 'What is there?', {
      region: { left: 10, top: 20, width: 30, height: 40 },
    });
    expect(events.find(event => event.type === 'image')).toMatchObject({ width: 30, height: 40 });
  });

  it('sees grey when it is blind, whatever the picture', async () => {
    const one = await ask(model, 'What color is the car?', { blind: true });
    const two = await ask(model, 'What color is the car?', { blind: true, imagePath: other });
    expect(stagesOf(one.events)).not.toContain('decodeImage');
    expect(two.tokenIds).toEqual(one.tokenIds);
  });
});

describe('memory', () => {
  const turnsOf = (question: string, answer: string) => [{ question, answer }];

  it('gives a follow-up question the same answer as a fresh model, reading only what is new', async () => {
    const warm = await open();
    const fresh = await open();
    const sampling = { maxTokens: 6 };
    const first = await ask(warm, 'Where did I park?', { sampling });
    const turns = turnsOf('Where did I park?', first.answer);
    const followUp = await ask(warm, 'What color is it?', { turns, sampling });
    const unprepared = await ask(fresh, 'What color is it?', { turns, sampling });
    expect(followUp.tokenIds).toEqual(unprepared.tokenIds);
    expect(reusedIn(followUp.events)).toEqual([true]);
    expect(followUp.tokens.image).toBe(0);
    expect(followUp.tokens.text).toBeLessThan(unprepared.tokens.text);
    expect(followUp.timings.encodeMs).toBeNull();
    await warm.close();
    await fresh.close();
  });

  it('reads a picture once for all first questions about it, and a follow-up from the end of its turn', async () => {
    const warm = await open();
    const first = await ask(warm, 'Where did I park?');
    expect(first.tokens.image).toBe(64);
    const second = await ask(warm, 'How many cars are there?');
    // Six words and marks, and the four tokens behind the picture that are not a person's.
    expect(second.tokens).toMatchObject({ image: 0, text: 10 });
    const turns = turnsOf('How many cars are there?', second.answer);
    const followUp = await ask(warm, 'Describe the picture.', { turns });
    const regenerated = await ask(warm, 'Describe the picture.', { turns });
    expect(regenerated.tokens).toEqual(followUp.tokens);
    // Four words and marks, three tokens that end the answer before them and three that begin the next.
    expect(regenerated.tokens).toMatchObject({ image: 0, text: 10 });
    expect(regenerated.tokenIds).toEqual(followUp.tokenIds);
    await warm.close();
  });

  it('gives every question of a long mixed session the answer of a fresh model', async () => {
    const warm = await open();
    const sampling = { maxTokens: 5 };
    const plan: Partial<PromptRequest>[] = [];
    const questions = ['Where did I park?', 'Describe the picture.'];
    for (const imagePath of [picture, other])
      for (const region of [undefined, { left: 0, top: 0, width: 100, height: 120 }])
        for (const question of questions)
          plan.push({ imagePath, question, sampling, ...(region && { region }) });
    for (const step of plan) {
      const question = step.question ?? '';
      const fresh = await open();
      const first = await ask(warm, question, step);
      expect((await ask(fresh, question, step)).tokenIds).toEqual(first.tokenIds);
      const turns = turnsOf(question, first.answer);
      const followUp = await ask(warm, 'Are you sure?', { ...step, question: 'Are you sure?', turns });
      expect(
        (await ask(fresh, 'Are you sure?', { ...step, question: 'Are you sure?', turns })).tokenIds,
      ).toEqual(followUp.tokenIds);
      // Regenerated: the memory is ahead of what is asked now.
      expect((await ask(warm, question, step)).tokenIds).toEqual(first.tokenIds);
      await fresh.close();
    }
    await warm.close();
  });

  it('knows a picture by its content, not by its name', async () => {
    await ask(model, 'What is this?', { imagePath: other });
    const copy = put(folder, 'copy.png', readFileSync(other));
    expect(reusedIn((await ask(model, 'What is this?', { imagePath: copy })).events)).toEqual([true]);
    put(folder, 'copy.png', await sharp(other).negate({ alpha: false }).png().toBuffer());
    expect(reusedIn((await ask(model, 'What is this?', { imagePath: copy })).events)).toEqual([false]);
  });
});

describe('a conversation that is too long', () => {
  it('refuses a question beyond the context, in numbers', async () => {
    const question = 'car '.repeat(1000);
    await expect(ask(model, question)).rejects.toMatchObject({
      kind: 'question-too-long',
      message: 'The question has 1,000 tokens and the model has room for 952 beside the picture: shorten it.',
    });
    await expect(ask(model, 'x'.repeat(200_000))).rejects.toMatchObject({
      kind: 'question-too-long',
      message:
        'The question has 200,000 characters, far beyond the 1,024 tokens that the model reads: shorten it.',
    });
  });

  it('refuses a conversation beyond the context', async () => {
    const turns = Array.from({ length: 200 }, () => ({ question: 'Where did I park?', answer: 'B6' }));
    await expect(ask(model, 'And now?', { turns })).rejects.toMatchObject({
      kind: 'question-too-long',
      message: expect.stringMatching(
        /^With this question the conversation has [\d,]+ tokens and the model reads at most 1,024: start a new one\.$/,
      ),
    });
  });

  it('stops where the context is full', async () => {
    const { tokenIds, stopReason } = await ask(model, 'car '.repeat(952));
    expect([tokenIds.length, stopReason]).toEqual([1, 'context-full']);
  });

  it.each(['', ' \n\t '])('refuses the empty question %j', async question => {
    await expect(ask(model, question)).rejects.toMatchObject({
      kind: 'empty-question',
      message: 'The question is empty: type what you want to know about the picture.',
    });
  });
});

describe('turns', () => {
  it('are taken one at a time', async () => {
    const order: string[] = [];
    const note = (name: string) => (event: PromptEvent) => order.push(`${name}:${event.type}`);
    const request = { imagePath: picture, turns: [], question: 'Where did I park?' };
    await Promise.all(['a', 'b'].map(name => model.prompt(request, note(name), never)));
    expect(order.lastIndexOf('a:token')).toBeLessThan(order.indexOf('b:image'));
  });

  it('can be stopped between tokens, and the next question is answered as ever', async () => {
    const whole = await ask(model, 'Describe the picture.');
    expect(whole.tokenIds.length).toBeGreaterThan(5);
    const controller = new AbortController();
    const request = { imagePath: picture, turns: [], question: 'Describe the picture.' };
    const texts: string[] = [];
    const onEvent = (event: PromptEvent) => {
      if (event.type !== 'token') return;
      texts.push(event.text);
      // A message from outside arrives like this: in a later turn of the event loop, while runs follow one another.
      if (texts.length === 2) setImmediate(() => controller.abort());
    };
    const stopped = model.prompt(request, onEvent, controller.signal);
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled', message: 'The answer was stopped.' });
    expect(texts.length).toBeLessThan(5);
    expect((await ask(model, 'Describe the picture.')).tokenIds).toEqual(whole.tokenIds);
  });

  it('can be stopped before they begin', async () => {
    await expect(ask(model, 'Where did I park?', {}, AbortSignal.abort())).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });

  it('leave the model usable after a bad picture', async () => {
    await expect(
      ask(model, 'What is it?', { imagePath: path.join(folder, 'none.png') }),
    ).rejects.toMatchObject({ kind: 'file-missing' });
    expect((await ask(model, 'What is it?')).tokenIds.length).toBeGreaterThan(0);
  });

  it('end when the model is closed', async () => {
    const closing = await open();
    await Promise.all([closing.close(), closing.close()]);
    await expect(ask(closing, 'Where did I park?')).rejects.toMatchObject({ kind: 'internal' });
  });
});
