import { mkdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTarget } from '../../../src/devices/local';
import { evaluate } from '../../../src/engine/evaluate';
import { checkPictures, isAccepted, normalizeAnswer, readSuite } from '../../../src/engine/suite';
import type { LoadedModel, PromptRequest } from '../../../src/engine/target';
import { nanoDir, root } from './nano';
import { put, scratchFolder } from './pictures';

const folder = scratchFolder();
mkdirSync(path.join(folder, 'images'));
const line = (more: object = {}) =>
  JSON.stringify({ image: 'images/a.png', question: 'Q?', answers: ['A'], group: 'g', ...more });
const suite = (...lines: string[]) => put(folder, 'suite.jsonl', lines.join('\n'));

describe('reading a suite', () => {
  it('takes one object a line, whatever its line ends, and leaves empty lines out', async () => {
    const questions = await readSuite(
      put(folder, 'suite.jsonl', `\uFEFF${line()}\r\n\n${line({ group: undefined })}\n`),
    );
    expect(questions).toHaveLength(2);
    expect(questions[0]).toEqual({
      image: 'images/a.png',
      imagePath: path.join(folder, 'images/a.png'),
      question: 'Q?',
      answers: ['A'],
      group: 'g',
    });
    expect(questions[1]?.group).toBe('all');
  });

  it.each([
    ['{', 'suite.jsonl, line 2 is not JSON: correct the line.'],
    [
      '[]',
      'suite.jsonl, line 2 cannot be used, its image is wrong (Invalid key: Expected "image" but received undefined): correct the line.',
    ],
    [
      line({ answers: [] }),
      'suite.jsonl, line 2 cannot be used, its answers is wrong (it names no answer): correct the line.',
    ],
    [
      line({ question: ' ' }),
      'suite.jsonl, line 2 cannot be used, its question is wrong (it is empty): correct the line.',
    ],
    [
      line({ image: '../a.png' }),
      "suite.jsonl, line 2 names the picture ../a.png, which is no relative path inside the suite's folder: correct the line.",
    ],
    [
      line({ image: path.join(folder, 'images/a.png') }),
      `suite.jsonl, line 2 names the picture ${path.join(folder, 'images/a.png')}, which is no relative path inside the suite's folder: correct the line.`,
    ],
    [
      line({ image: '/etc/passwd' }),
      "suite.jsonl, line 2 names the picture /etc/passwd, which is no relative path inside the suite's folder: correct the line.",
    ],
    [
      line({ image: 'images/../../a.png' }),
      "suite.jsonl, line 2 names the picture images/../../a.png, which is no relative path inside the suite's folder: correct the line.",
    ],
  ])('names the line of %s', async (second, message) => {
    await expect(readSuite(suite(line(), second))).rejects.toMatchObject({ kind: 'suite-invalid', message });
  });

  it('says what is missing', async () => {
    const nowhere = path.join(folder, 'nowhere.jsonl');
    await expect(readSuite(nowhere)).rejects.toMatchObject({
      kind: 'file-missing',
      message: `There is no prompt suite at ${nowhere}: check the path.`,
    });
    await expect(readSuite(folder)).rejects.toMatchObject({ kind: 'suite-invalid' });
    await expect(readSuite(suite('', ''))).rejects.toMatchObject({
      message: 'suite.jsonl holds no question: write one JSON object a line.',
    });
    await expect(readSuite(suite(line())).then(checkPictures)).rejects.toMatchObject({
      kind: 'file-missing',
      message: "The suite's picture images/a.png is missing: put it in its place or correct the suite.",
    });
  });
});

describe('exact match', () => {
  it('is the rule that the training and the suite state', () => {
    expect(normalizeAnswer("  I  can't\ttell. ")).toBe("i can't tell");
    expect(normalizeAnswer('Yes!?.')).toBe('yes');
    expect(normalizeAnswer('B6 .')).toBe('b6');
    expect(isAccepted('bottom MIDDLE.', ['Bottom middle', 'in the bottom middle'])).toBe(true);
    expect(isAccepted('bottom', ['Bottom middle'])).toBe(false);
  });

  it('looks at neither case, space around nor the closing mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', ' ', '\t', '.', '!', '?', 'é') }), answer => {
        expect(isAccepted(answer, [`  ${answer.trimEnd().toUpperCase()}. `])).toBe(true);
      }),
    );
  });
});

describe('evaluating', () => {
  const heldout = path.join(root, 'test/fixtures/heldout');

  it('scores every question and every group, with pictures and blind', async () => {
    const model = await findTarget('local-cpu').open(nanoDir, {
      precision: 'fp32',
      cacheDir: path.join(folder, 'cache'),
      threads: 1,
    });
    const questions = (
      await Promise.all(
        ['carfinder', 'shapes'].map(async name =>
          (await readSuite(path.join(heldout, `${name}.jsonl`))).slice(0, 8),
        ),
      )
    ).flat();
    const seen: number[] = [];
    const options = { onProgress: (done: number) => seen.push(done), signal: new AbortController().signal };
    const result = await evaluate(model, questions, { ...options, blind: false });
    const requests: PromptRequest[] = [];
    const watched: LoadedModel = {
      info: model.info,
      close: () => model.close(),
      trace: (...request) => model.trace(...request),
      prompt: (request, ...rest) => {
        requests.push(request);
        return model.prompt(request, ...rest);
      },
    };
    const blind = await evaluate(watched, questions, { ...options, blind: true });
    expect(requests.every(request => request.blind && request.turns.length === 0)).toBe(true);
    expect(seen).toEqual([...questions.keys(), ...questions.keys()].map(i => i + 1));
    expect(result.n).toBe(16);
    expect(Object.keys(result.groups)).toEqual(['carfinder', 'shapes']);
    const right = result.answers.filter(({ correct }) => correct).length;
    expect(result.exactMatch).toBe(right / 16);
    expect(
      Object.values(result.groups).reduce((sum, group) => sum + group.exactMatch * group.n, 0),
    ).toBeCloseTo(right);
    // Each question is a first turn: asked alone it has the same answer.
    const alone = await evaluate(model, questions.slice(5, 6), { ...options, blind: false });
    expect(alone.answers[0]).toEqual(result.answers[5]);
    expect(blind.n).toBe(16);
    await model.close();
  });

  it('stops when it is cancelled', async () => {
    const model = await findTarget('local-cpu').open(nanoDir, {
      precision: 'fp32',
      cacheDir: path.join(folder, 'cache'),
      threads: 1,
    });
    const controller = new AbortController();
    const questions = await readSuite(path.join(heldout, 'shapes.jsonl'));
    const onProgress = (done: number) => done === 3 && controller.abort();
    await expect(
      evaluate(model, questions, { blind: false, onProgress, signal: controller.signal }),
    ).rejects.toMatchObject({ kind: 'cancelled' });
    await model.close();
  });
});
