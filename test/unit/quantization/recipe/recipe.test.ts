import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignmentOf, idleRules } from '../../../../src/quantization/recipe/assignment';
import { matchesPattern } from '../../../../src/quantization/recipe/pattern';
import { checkRecipeModel, parseRecipe, readRecipe } from '../../../../src/quantization/recipe/recipe';

const model = 'ab'.repeat(32);

function recipe(rules: string): string {
  return `version: 1\nmodel: ${model}\nrules:\n${rules}`;
}

describe('a pattern', () => {
  test.each([
    ['vision.**', 'vision.stage2.block3.attn.query', true],
    ['vision.*', 'vision.stem', true],
    ['vision.*', 'vision.stage2.block3', false],
    ['**.softmax', 'decoder.layer3.attn.softmax', true],
    ['vision.stage?.block1?.**', 'vision.stage2.block13.norm', true],
    ['vision.stage?.block1?.**', 'vision.stage2.block3.norm', false],
    ['/model.0/*/Conv', '/model.0/conv/Conv', true],
    ['**', '', true],
    ['vision', 'visions', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  test('without wildcards is equality, and no pattern takes long', () => {
    const plain = fc.string().filter(text => !/[*?]/.test(text));
    fc.assert(fc.property(plain, plain, (a, b) => matchesPattern(a, b) === (a === b)));
    const startedAt = performance.now();
    expect(matchesPattern(`${'**a'.repeat(300)}b`, 'a'.repeat(900))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('says what the regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(patterns, letters, (pattern, name) => {
        const parts = pattern.match(/\*\*|[\s\S]/g) ?? [];
        const words: Record<string, string> = { '**': '.*', '*': '[^./]*', '?': '[^./]', '.': '\\.' };
        const expression = new RegExp(`^${parts.map(part => words[part] ?? part).join('')}$`);
        return matchesPattern(pattern, name) === expression.test(name);
      }),
    );
  });
});

describe('a recipe', () => {
  test('is read with what it leaves out', () => {
    const text = recipe('  - match: vision.**\n    scheme: w8a16\n  - {match: x, scheme: float}\n');
    expect(parseRecipe(text, 'a.quant.yaml')).toEqual({
      version: 1,
      model,
      calibration: { method: 'minmax' },
      htp: 'none',
      rules: [
        { match: 'vision.**', scheme: 'w8a16' },
        { match: 'x', scheme: 'float' },
      ],
    });
    expect(parseRecipe(recipe(''), 'a').rules).toEqual([]);
  });

  test('gives a layer to the last rule that matches', () => {
    const { rules } = parseRecipe(
      recipe(
        '- {match: "**", scheme: w8a16}\n- {match: a.*, scheme: w4a16, granularity: block}\n- {match: b, scheme: w8a8}',
      ),
      'a',
    );
    expect(assignmentOf({ rules }, 'c')).toMatchObject({ scheme: 'w8a16', rule: 0 });
    expect(assignmentOf({ rules }, 'a.x')).toEqual({
      scheme: 'w4a16',
      weights: { granularity: 'block', blockSize: 32, symmetric: true },
      rule: 1,
    });
    expect(assignmentOf({ rules: [] }, 'c')).toMatchObject({ scheme: 'float', rule: null });
    expect(idleRules({ rules }, ['a.x', 'c'])).toEqual([{ match: 'b', scheme: 'w8a8' }]);
  });

  test.each([
    ['- match: [a', 4, 'line 4'],
    ['  - match: a\n    scheme: w9a16\n', 5, 'expected a scheme such as w8a16'],
    ['  - match: a\n', 4, 'rules.0.scheme is missing'],
    ['  - match: a\n    scheme: w8a8\n    granularty: channel\n', 6, 'granularty'],
    ['  - match: a\n\tscheme: w8a8\n', 5, 'line 5'],
  ])('with %j is refused at its line', (rules, line, message) => {
    const { problems } = readRecipe(recipe(rules));
    expect(problems[0]?.line).toBe(line);
    expect(() => parseRecipe(recipe(rules), 'a.quant.yaml')).toThrow(
      /^a\.quant\.yaml, line \d+, column \d+: .*\.$/,
    );
    expect(() => parseRecipe(recipe(rules), 'a.quant.yaml')).toThrow(message);
  });

  test('of anything is read or refused, never more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const { recipe: read, problems } = readRecipe(text);
        return read === null ? problems.length > 0 : problems.length === 0;
      }),
    );
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*b,*b,*b,*b,*b,*b]`;
    expect(readRecipe(bomb).recipe).toBeNull();
  });

  test('for other weights is refused in one sentence', () => {
    const parsed = parseRecipe(recipe(''), 'a');
    expect(() => checkRecipeModel(parsed, 'a.quant.yaml', { name: 'nano', sha256: 'c'.repeat(64) })).toThrow(
      /^a\.quant\.yaml was made for other weights \(abababababab…\) than those of nano \(cccccccccccc…\): .*\.$/,
    );
    checkRecipeModel(parsed, 'a', { name: 'nano', sha256: model });
  });
});
