import path from 'node:path';
import { parse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { findTarget } from '../../../src/devices/local';
import { compareAnswers, type OpenSide } from '../../../src/engine/compareAnswers';
import { verdictOf } from '../../../src/engine/compareVerdict';
import type { AnswerTrace, LoadedModel, PromptRequest } from '../../../src/engine/target';
import { type CompareEvent, type CompareResult, compareResultSchema } from '../../../src/protocol/compare';
import type { Precision, PromptEvent } from '../../../src/protocol/prompt';
import { nanoDir, root } from './nano';
import { scratchFolder } from './pictures';

const folder = scratchFolder();
const never = new AbortController().signal;
const request: PromptRequest = {
  imagePath: path.join(root, 'samples', 'level-b6.png'),
  turns: [],
  question: 'Give a short caption.',
};

function open(precision: Precision): Promise<LoadedModel> {
  const cacheDir = path.join(folder, 'cache');
  return findTarget('local-cpu').open(nanoDir, { precision, cacheDir, threads: 1 });
}

/** What a side of a made-up comparison says: a distribution over three words for each token it is given. */
interface Script {
  own: number[];
  /** ln of the probabilities behind the tokens so far. */
  logits: (before: readonly number[]) => number[];
  vocabulary?: string[];
}

function scripted({ own, logits, vocabulary = ['yes', 'no', '<|end|>'] }: Script): LoadedModel {
  const trace = async (_: PromptRequest, follow: readonly number[] | null): Promise<AnswerTrace> => {
    const tokenIds = [...(follow ?? own)];
    return {
      tokenIds,
      ends: tokenIds.map(() => 0),
      answer: tokenIds.map(id => vocabulary[id]).join(' '),
      stopReason: tokenIds.at(-1) === 2 ? 'end-of-text' : 'max-tokens',
      logits: tokenIds.map((_, step) => Float32Array.from(logits(tokenIds.slice(0, step)))),
      vocabulary,
      precision: 'fp32',
      model: { name: 'scripted', sha256: '' },
      timings: {
        decodeImageMs: null,
        resizeMs: null,
        encodeMs: null,
        projectMs: null,
        prefillMs: 0,
        overheadMs: 0,
        ttftMs: 0,
        decodeMs: 0,
        decodeTokensPerSecond: null,
      },
    };
  };
  const refuse = () => Promise.reject(new Error('not asked for'));
  const info = { bundleDir: '', name: '', sha256: '', parameters: 0, imageSize: 0, imageTokens: 0 };
  return {
    info: { ...info, contextLength: 0, precisions: [] },
    prompt: refuse,
    trace,
    close: async () => {},
  };
}

function compareScripts(a: Script, b: Script): Promise<CompareResult> {
  return compareAnswers(
    async side => scripted(side === 'a' ? a : b),
    request,
    () => {},
    never,
  );
}

describe('two answers', () => {
  const certain: Script = { own: [0, 2], logits: () => [Math.log(0.5), Math.log(0.25), Math.log(0.25)] };
  // Behind "yes" it thinks otherwise.
  const doubting: Script = {
    own: [0, 1, 2],
    logits: before => (before.length === 0 ? certain.logits([]) : [0.25, 0.25, 0.5].map(Math.log)),
  };

  it('are compared along the first one, as a calculation by hand says', async () => {
    const result = await compareScripts(certain, doubting);
    expect(result.steps.map(({ token }) => token.text)).toEqual(['yes', '<|end|>']);
    expect(result.steps[0]?.klNats).toBe(0);
    expect(result.steps[1]?.klNats).toBeCloseTo(0.25 * Math.LN2, 6);
    expect(result.steps[1]?.b[0]).toMatchObject({ id: 2, text: '<|end|>' });
    expect(result.steps[1]?.b[0]?.probability).toBeCloseTo(0.5, 6);
    expect(result.firstDifference).toBe(1);
    expect(result.b.answer).toBe('yes no <|end|>');
    expect(result.verdict).toBe(
      'Answers differ from token 2: the end and “no”; largest KL 0.17 nats at token 2.',
    );
  });

  it('that part at once are compared along the first one all the same', async () => {
    const after: Record<string, number[]> = {
      '': [0.4, 0.5, 0.1],
      '0': [0.2, 0.7, 0.1],
      '1': [0.9, 0.05, 0.05],
    };
    const other: Script = {
      own: [1, 0, 2],
      logits: before => (after[before.join()] ?? [0.1, 0.1, 0.8]).map(Math.log),
    };
    const { steps, b } = await compareScripts({ ...certain, own: [0, 1, 2] }, other);
    expect(b.tokens.map(({ id }) => id)).toEqual([1, 0, 2]);
    expect(steps.map(step => step.b[0]?.id)).toEqual([1, 1, 2]);
    expect(steps[1]?.b[0]?.probability).toBeCloseTo(0.7, 6);
  });

  it('of other vocabularies are compared by their texts alone', async () => {
    const other = { ...doubting, own: [1, 0], vocabulary: ['<|end|>', 'yes', 'no'] };
    const result = await compareScripts(certain, other);
    expect(result.steps).toEqual([]);
    expect(result.stepsReason).toMatch(/vocabular/);
    expect(result.firstDifference).toBeNull();
    expect(result.verdict).toMatch(/^Same answer; the vocabularies differ/);
  });

  it('that part where B rules out what A takes have no finite KL, and say so', async () => {
    const sure: Script = {
      own: [0, 2],
      logits: () => [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    };
    const { verdict, steps } = await compareScripts(certain, sure);
    expect(steps.map(({ klNats }) => klNats)).toEqual([null, null]);
    expect(verdict).toBe('Same answer; KL is not finite at token 1.');
  });

  it('of the same words from other tokens are told from different ones', () => {
    const answer = { stopReason: 'end-of-text' as const, precision: 'fp32' as const };
    const [a, b] = [['87'], ['8', '7']].map(texts => ({
      ...answer,
      answer: '87',
      tokens: texts.map((text, id) => ({ id, text, end: 0 })),
      model: { name: '', sha256: '' },
      timings: {} as never,
    }));
    if (!a || !b) throw new Error('no answers');
    const facts = { a, b, firstDifference: 0, stepsReason: null };
    const step = { token: { id: 0, text: '87' }, a: [], b: [], klNats: 0.000012 };
    expect(verdictOf({ ...facts, steps: [step] })).toBe(
      'Same words, but other tokens from token 1: the end and “8”; largest KL 1.2e-5 nats at token 1.',
    );
  });
});

describe('Nano', () => {
  async function compare(a: Precision, b: Precision, more: Partial<PromptRequest> = {}) {
    const events: CompareEvent[] = [];
    let opened = 0;
    const openSide: OpenSide = async side => {
      expect(++opened).toBe(1);
      const model = await open(side === 'a' ? a : b);
      return { ...model, info: model.info, trace: model.trace.bind(model), prompt: model.prompt, close };
      async function close() {
        opened--;
        await model.close();
      }
    };
    const result = await compareAnswers(
      openSide,
      { ...request, ...more },
      event => events.push(event),
      never,
    );
    expect(parse(compareResultSchema, JSON.parse(JSON.stringify(result)))).toEqual(result);
    return { result, events };
  }

  it('agrees with itself exactly, one model in memory at a time', async () => {
    const { result, events } = await compare('fp32', 'fp32');
    expect(result.verdict).toBe('Same answer; KL is 0 at every token.');
    expect(result.steps.length).toBe(result.a.tokens.length);
    expect(result.steps.map(({ klNats }) => klNats)).toEqual(result.steps.map(() => 0));
    const last = events.findLast(event => event.type === 'answer' && event.side === 'b');
    expect(last).toMatchObject({ text: result.b.answer });
  });

  it('answers in both precisions as it answers without a comparison', async () => {
    const { result } = await compare('fp32', 'w8a16-w4a16');
    for (const [side, precision] of [
      ['a', 'fp32'],
      ['b', 'w8a16-w4a16'],
    ] as const) {
      const model = await open(precision);
      const greedy = { ...request, sampling: { temperature: 0 } };
      const { answer, tokenIds } = await model.prompt(greedy, () => {}, never);
      await model.close();
      expect(result[side]).toMatchObject({ answer, precision });
      expect(result[side].tokens.map(({ id }) => id)).toEqual(tokenIds);
    }
    const { tokens, answer } = result.b;
    const pieces = tokens.map(({ end }, step) => answer.slice(tokens[step - 1]?.end ?? 0, end));
    expect(pieces.join('')).toBe(answer);
    expect(tokens.filter(({ text }, step) => !pieces[step]?.endsWith(text.replace('##', '')))).toEqual(
      tokens.slice(-1),
    );
    for (const { a, token } of result.steps) expect(a[0]?.id).toBe(token.id);
    expect(Math.max(...result.steps.map(({ klNats }) => klNats ?? Number.NaN))).toBeGreaterThan(0);
  });

  it('reads a foreign answer to its end, whatever it would have said itself', async () => {
    const model = await open('fp32');
    const events: PromptEvent[] = [];
    const own = await model.trace(request, null, () => {}, never);
    const end = own.tokenIds.at(-1) ?? Number.NaN;
    const foreign = [end, ...own.tokenIds.slice(0, 2)];
    const followed = await model.trace(request, foreign, event => events.push(event), never);
    expect(followed.tokenIds).toEqual(foreign);
    expect(followed.logits.length).toBe(3);
    expect(followed.logits[0]).toEqual(own.logits[0]);
    expect(followed.logits[1]).not.toEqual(own.logits[1]);
    const again = await model.trace(request, null, () => {}, never);
    expect(again.logits).toEqual(own.logits);
    await model.close();
  });

  it('stops between two tokens', async () => {
    const abort = new AbortController();
    const stopped = compareAnswers(
      () => open('fp32'),
      request,
      event => event.type === 'answer' && abort.abort(),
      abort.signal,
    );
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
