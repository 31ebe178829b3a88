import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addRule, changeRule, removeRule } from '../../../../src/quantization/recipe/edit';
import { parseRecipe, type RecipeRule } from '../../../../src/quantization/recipe/recipe';

const head = `# A recipe.\nversion: 1 # of the format\nmodel: "${'0f'.repeat(32)}"\ncalibration: {method: mse}\n`;

const ruleOf: fc.Arbitrary<RecipeRule> = fc.record(
  {
    match: fc.oneof(
      fc.constantFrom('**', 'vision.stage?.*', "it's", 'a: b', '# no', '- x', 'true', '12', ' edge '),
      fc.string({ minLength: 1, maxLength: 20 }),
    ),
    scheme: fc.constantFrom('w8a16', 'w4a8', 'float'),
    granularity: fc.constantFrom('tensor' as const, 'channel' as const, 'block' as const),
    blockSize: fc.integer({ min: 1, max: 256 }),
    symmetric: fc.boolean(),
  },
  { requiredKeys: ['match', 'scheme'] },
);

const style = fc.record({
  newline: fc.constantFrom('\n', '\r\n'),
  indent: fc.constantFrom('', '  ', '      '),
  comments: fc.array(fc.constantFrom('# note', '', '  # indented'), { maxLength: 3 }),
  behind: fc.constantFrom('', ' # why'),
  tail: fc.constantFrom('', '# the end\n', '\nhtp: v68\n'),
  ended: fc.boolean(),
});
type Style = typeof style extends fc.Arbitrary<infer Value> ? Value : never;

/** The lines of a recipe's text, those of each rule marked with its number. */
function written(rules: readonly RecipeRule[], { newline, indent, comments, behind, tail, ended }: Style) {
  const lines: { text: string; rule: number | null }[] = [];
  const plain = (text: string) => lines.push({ text, rule: null });
  for (const line of `${head}rules:`.split('\n')) plain(line);
  for (const [rule, { match, ...rest }] of rules.entries()) {
    for (const comment of comments) plain(comment);
    lines.push({ text: `${indent}- match: ${JSON.stringify(match)}${behind}`, rule });
    for (const [key, value] of Object.entries(rest))
      lines.push({ text: `${indent}  ${key}: ${value}${behind}`, rule });
  }
  for (const line of tail.split('\n')) plain(line);
  const text = lines.map(line => line.text).join(newline);
  const whole = ended || tail !== '' ? text : text.trimEnd();
  return {
    text: whole,
    kept: (rule: number) => lines.filter(line => line.rule !== rule).map(line => line.text),
  };
}

/** Without the blank lines at the end, where a text may stop short. */
function withoutEnd(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex(line => line !== '') + 1);
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}

/** Whether `part` are lines of `whole` in their order. */
function within(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (line === part[at]) at++;
  return at === part.length;
}

describe('an edit', () => {
  test('of a rule leaves every other byte as it was', () => {
    fc.assert(
      fc.property(
        fc.array(ruleOf, { minLength: 1, maxLength: 4 }),
        ruleOf,
        fc.nat(),
        style,
        (rules, rule, at, how) => {
          const index = at % rules.length;
          const { text, kept } = written(rules, how);
          const edited = changeRule(text, index, {
            granularity: undefined,
            blockSize: undefined,
            symmetric: undefined,
            ...rule,
          });
          expect(parseRecipe(edited, 'x').rules).toEqual(rules.with(index, rule));
          expect(within(withoutEnd(kept(index)), linesOf(edited))).toBe(true);

          const removed = removeRule(text, index);
          expect(parseRecipe(removed, 'x').rules).toEqual(rules.toSpliced(index, 1));
          expect(linesOf(removed).join('\n').trimEnd()).toBe(kept(index).join('\n').trimEnd());

          const added = addRule(text, rule);
          expect(parseRecipe(added, 'x').rules).toEqual([...rules, rule]);
          const [start, end] = [commonStart(text, added), commonStart(reversed(text), reversed(added))];
          expect(start + end).toBeGreaterThanOrEqual(text.length);
        },
      ),
    );
  });

  test('of a value keeps the rest of its line', () => {
    const text = `${head}rules:\n  - match: 'a.*'   # the worst\n    scheme:   w8a8 # too coarse\n`;
    expect(changeRule(text, 0, { scheme: 'w8a16' })).toBe(text.replace('w8a8', 'w8a16'));
    const flow = `${head}rules:\n  - { match: a, scheme: w8a8 } # short\n`;
    expect(changeRule(flow, 0, { scheme: 'w4a16' })).toBe(flow.replace('w8a8', 'w4a16'));
  });

  test.each(['rules:', 'rules: []', 'rules: null', 'rules: # none yet', 'rules:\n# end\n'])(
    'adds the first rule behind %j',
    rules => {
      const added = addRule(head + rules, { match: '**', scheme: 'w8a16' });
      expect(parseRecipe(added, 'x').rules).toEqual([{ match: '**', scheme: 'w8a16' }]);
      expect(added.startsWith(head)).toBe(true);
      expect(added.includes('#')).toBe(true);
    },
  );

  test('that cannot be made says why', () => {
    expect(() => addRule(`${head}rules: [{match: a, scheme: w8a8}]`, { match: 'b', scheme: 'w8a8' })).toThrow(
      'The recipe has its rules in one line: write them one below the other.',
    );
    expect(() => removeRule(`${head}rules:`, 0)).toThrow('The recipe has no rule 1.');
    expect(() => addRule('rules: [', { match: 'b', scheme: 'w8a8' })).toThrow(
      /^The recipe, line 1, column \d+: /,
    );
  });
});

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
