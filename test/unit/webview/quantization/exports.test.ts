import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../../../src/quantization/recipe/recipe';
import { csvOf } from '../../../../webview-ui/quantization/model/csv';
import { htmlOf } from '../../../../webview-ui/quantization/model/html';
import { layersOf } from '../../../../webview-ui/quantization/model/layers';
import { paletteOf } from '../../../../webview-ui/quantization/model/palette';
import { partsOf } from '../../../../webview-ui/quantization/model/parts';
import { rowsOf } from '../../../../webview-ui/quantization/model/rows';
import { ruleText } from '../../../../webview-ui/quantization/model/ruleText';
import { graph } from './drawn';

const column = { side: 'model', scheme: 'w8a8' } as const;
const anyName = fc.string({ unit: 'binary', maxLength: 40 });
const formula = fc.tuple(fc.constantFrom('', '=', '+', '-', '@'), anyName).map(parts => parts.join(''));

/** Fields of RFC 4180, by its grammar. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [];
  for (const line of text
    .replace(/^\u{feff}/u, '')
    .matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g))
    lines.push(
      [...(line[1] ?? '').matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        field => field[1]?.replaceAll('""', '"') ?? field[2] ?? '',
      ),
    );
  return lines;
}

describe('CSV', () => {
  it('has a line for each layer and every metric of every column, unrounded', () => {
    const table = graph('g', ['a', 'b'], { w8a8: [30.123456789, null] });
    const [head, first, second] = readCsv(csvOf(layersOf([table], []), [column]));
    expect(head?.slice(5)).toEqual(
      ['sqnr_db', 'exact', 'rms_percent', 'cosine', 'max_error'].map(name => `w8a8 ${name}`),
    );
    expect(first?.slice(0, 7)).toEqual(['g', 'a', 'Conv', '4', '1x2', '30.123456789', 'false']);
    expect(second?.slice(5)).toEqual(['', '', '', '', '']);
  });

  it('keeps one layer to one line and runs no formula, whatever the names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(formula, { maxLength: 6 }), names => {
        const lines = readCsv(csvOf(layersOf([graph('=1+1', names)], []), [column]));
        expect(lines.length).toBe(names.length + 1);
        for (const fields of lines) {
          expect(fields.length).toBe(10);
          for (const field of fields) expect(field).not.toMatch(/^[=+\-@]/);
        }
      }),
    );
  });
});

describe('HTML', () => {
  const page = (names: readonly string[], title = 'T') => {
    const layers = layersOf([graph('g', names, { w8a8: names.map((_, index) => index) })], []);
    const columns = [column];
    const choice = {
      columns,
      metric: 'sqnr',
      collapsed: new Set<string>(),
      filter: '',
      belowDb: null,
      sort: null,
    } as const;
    return htmlOf({
      title,
      sentences: ['S', 'C'],
      rows: rowsOf(partsOf(layers), choice),
      columns,
      columnNames: ['W8A8'],
      metric: 'sqnr',
      range: null,
      thresholdDb: 30,
      palette: paletteOf(() => '', false),
    });
  };

  it('stands alone: a policy, no script, nothing to load', () => {
    const html = page(['a.b', 'a.c']);
    expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    expect(html).not.toMatch(/<script|<link|<img|src=|href=|url\(/);
    expect(html).toContain('<td class="below" style="background:rgb(');
  });

  it('has the same elements whatever the names say', () => {
    const tags = (html: string) => html.match(/<\/?[a-z]\w*/gi)?.length;
    const usual = tags(page(['one']));
    fc.assert(
      fc.property(anyName, anyName, (name, title) => {
        expect(tags(page([`<img src=x onerror=alert(1)>"'&${name}`], `</title><script>${title}`))).toBe(
          usual,
        );
      }),
    );
  });
});

it('writes a rule that the recipe reads back', () => {
  fc.assert(
    fc.property(
      fc.oneof(anyName, fc.stringMatching(/^[a-z.*?/]{1,12}$/)).filter(name => name !== ''),
      match => {
        const text = `version: 1\nmodel: ${'ab'.repeat(32)}\nrules:\n${ruleText(match, 'w8a16').replace(/^/gm, '  ')}\n`;
        expect(parseRecipe(text, 'a.quant.yaml').rules).toMatchObject([{ match, scheme: 'w8a16' }]);
      },
    ),
  );
});
