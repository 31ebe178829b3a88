import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../src/protocol/runRecord';
import {
  contextChart,
  gapChart,
  memoryChart,
  rateChart,
} from '../../../../webview-ui/profiling/model/charts';
import { csvOf } from '../../../../webview-ui/profiling/model/csv';
import { firstTokenBars } from '../../../../webview-ui/profiling/model/firstToken';
import { htmlOf } from '../../../../webview-ui/profiling/model/html';
import { operatorTable } from '../../../../webview-ui/profiling/model/operators';
import { paletteOf } from '../../../../webview-ui/shared/charts/palette';
import { exampleRun } from './exampleRun';

/** Reads quoted fields as RFC 4180 says, without the code under test. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, field = '', end = ''] of text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|$)/g)) {
    lines.at(-1)?.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === '\r\n') lines.push([]);
    if (end === '') break;
  }
  return lines.slice(0, -1);
}

const pageOf = (record: RunRecord, name = record.name) => {
  const runs = [{ name, record }];
  return htmlOf({
    title: `Throughput of ${name}`,
    runs,
    charts: [rateChart(runs, 200), contextChart(runs), gapChart(runs, 200), memoryChart(runs, 200)],
    drawings: new Map([['rate', 'data:image/png;base64,AAAA']]),
    bars: firstTokenBars(runs),
    operators: operatorTable(record.operatorPass, null),
    palette: paletteOf(() => '', false),
  });
};

describe('the table of every value', () => {
  it('holds every token, so that rates can be recomputed', () => {
    const record = exampleRun();
    const [heads = [], ...lines] = readCsv(csvOf([{ name: 'a', record }]).replace(/^\u{feff}/u, ''));
    const at = (line: string[], head: string) => line[heads.indexOf(head)] ?? '';
    const tokens = lines.filter(line => at(line, 'quantity') === 'token' && at(line, 'prompt') === '4');
    const times = tokens.map(line => Number(at(line, 'value')));
    expect(times).toEqual(record.repetitions[4]?.tokenAtMs);
    expect(lines.every(line => line.length === heads.length)).toBe(true);
    const operators = lines.filter(line => at(line, 'quantity').startsWith('operator '));
    expect(operators).toHaveLength(record.operatorPass?.operators.length ?? 0);
  });

  it('keeps one value to one line and runs no formula, whatever the names', () => {
    const start = fc.constantFrom('=', '+', '-', '@', '"', '\r\n', ',', '');
    fc.assert(
      fc.property(start, fc.string(), (first, rest) => {
        const record = exampleRun({ contexts: [null], repetitions: 1, tokens: 3 });
        const csv = csvOf([{ name: first + rest, record }]).replace(/^\u{feff}/u, '');
        const lines = readCsv(csv);
        expect(lines.every(line => line.length === 10)).toBe(true);
        expect(lines.some(([run]) => /^[=+\-@]/.test(run ?? ''))).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the page', () => {
  it('stands alone: no script, nothing to load, its figures and tables in it', () => {
    const page = pageOf(exampleRun());
    expect(page).not.toMatch(/<script|href=|src="(?!data:)/);
    expect(page).toContain("default-src 'none'");
    for (const words of [
      'First token',
      '64 image + 15 text tokens',
      'context 512',
      'decoder · feedForward × 4 blocks',
      'WebGPU',
    ])
      expect(page).toContain(words);
  });

  it('says why a chart is empty', () => {
    const page = pageOf({ ...exampleRun(), repetitions: [], samples: [], summaries: [] });
    expect(page).toContain('No token was timed.');
  });

  it('lets no name become markup', () => {
    const hostile = '<img src=x onerror="alert(1)"> & </title>';
    const record = exampleRun({ name: hostile });
    const [operator] = record.operatorPass?.operators ?? [];
    if (operator) operator.layer = hostile;
    record.provenance.device.name = hostile;
    const page = pageOf(record);
    expect(page).not.toContain('<img src=x');
    expect(page.match(/<title>/g)).toHaveLength(1);
  });
});
