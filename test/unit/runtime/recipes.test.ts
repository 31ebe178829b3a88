import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { changeRecipe, createRecipe, readingOf } from '../../../src/runtime/recipes';
import { small } from '../quantization/smallGraph';

const nano = join(__dirname, '../../../models/autoneural-nano');
const model = 'a'.repeat(64);
const rules = [
  "  - match: 'vision.**'",
  '    scheme: w8a8 # the fast one',
  '  - scheme: float',
  '    match: x',
];
const text = ['version: 1', `model: ${model}`, 'rules:', ...rules, ''].join('\n');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'an-recipes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

describe('reading', () => {
  it('finds each rule and its place', () => {
    const { rules, problem } = readingOf(text);
    expect(problem).toBeNull();
    expect(rules.map(({ match, scheme }) => [match, scheme])).toEqual([
      ['vision.**', 'w8a8'],
      ['x', 'float'],
    ]);
    for (const { match, start, end } of rules) {
      expect(text.slice(start, end)).toContain(match);
      expect(text.slice(start, end).match(/scheme/g)).toHaveLength(1);
    }
  });

  it('says line and column of what is wrong', () => {
    expect(readingOf(text.replace('w8a8', 'w7a8'))).toEqual({
      rules: [],
      problem: expect.stringMatching(/^Line 5, column 13: /),
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map(part => text + part),
        ),
        any => {
          const { rules, problem } = readingOf(any);
          expect(problem === null || rules.length === 0).toBe(true);
        },
      ),
    );
  });
});

describe('changing', () => {
  const pattern = fc.string({ minLength: 1, maxLength: 30 }).filter(match => match.trim() === match);

  it('adds behind all others, and removing takes back exactly that', () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom('w8a16', 'w4a8', 'float'), (match, scheme) => {
        const rule = { match, scheme };
        const added = changeRecipe({ text, change: 'add', rule });
        expect(readingOf(added).rules.at(-1)).toMatchObject(rule);
        expect(changeRecipe({ text: added, change: 'remove', rule })).toBe(text);
      }),
    );
  });

  it('refuses a scheme that there is not, and a rule that is not there', () => {
    expect(() => changeRecipe({ text, change: 'add', rule: { match: 'x', scheme: 'w3' } })).toThrow(
      /rule cannot be written/,
    );
    expect(() => changeRecipe({ text, change: 'remove', rule: { match: 'y', scheme: 'w8a8' } })).toThrow(
      /no rule for y any more/,
    );
  });
});

describe('a first recipe', () => {
  const asked = { scheme: 'w4a8', calibrationMethod: 'mse', htp: 'v73' } as const;

  it('names the weights it is for', async () => {
    const created = await createRecipe({ ...asked, modelPath: nano });
    expect(created).toContain(sha256(join(nano, 'model.safetensors')));
    expect(readingOf(created).rules).toMatchObject([{ match: '**', scheme: 'w4a8' }]);
    const file = join(folder, 'any.onnx');
    writeFileSync(file, Buffer.concat([...encodeModel(small())]));
    expect(await createRecipe({ ...asked, modelPath: file })).toContain(sha256(file));
    writeFileSync(file, 'weights');
    await expect(createRecipe({ ...asked, modelPath: file })).rejects.toMatchObject({
      kind: 'model-invalid',
    });
  });

  it('needs a model', async () => {
    await expect(createRecipe({ ...asked, modelPath: join(folder, 'none') })).rejects.toThrow(/no weights/);
  });
});
