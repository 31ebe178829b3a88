import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { claimsSettingsSchema, defaultClaimsSettings } from '../../../../src/protocol/claimsRun';
import {
  decodeChart,
  encoderChart,
  firstTokenBars,
  memoryChart,
} from '../../../../webview-ui/claims/model/charts';
import { csvOf } from '../../../../webview-ui/claims/model/csv';
import { figureGroups } from '../../../../webview-ui/claims/model/figures';
import {
  costWords,
  draftOf,
  readDraft,
  shortageOf,
  unreadWords,
} from '../../../../webview-ui/claims/model/form';
import { htmlOf } from '../../../../webview-ui/claims/model/html';
import { paletteOf } from '../../../../webview-ui/shared/charts/palette';
import { exampleReport } from './exampleReport';

const cost = {
  diskBytes: 5.8e9,
  memoryBytes: 4.6e9,
  minutes: 5.2,
  threads: 1,
  contextLengths: [4096, 4096] as [number, number],
  freeDiskBytes: 40e9,
  freeMemoryBytes: 16e9,
  memoryLimitBytes: 8 * 2 ** 30,
};

describe('the form', () => {
  it('reads its own draft back as it was', () => {
    expect(readDraft(draftOf(defaultClaimsSettings))).toEqual({ settings: defaultClaimsSettings });
  });

  it.each([
    ['imageSizes', '', /^Picture sizes must be whole numbers from 32 to 4096/],
    ['imageSizes', '256, large', /^Picture sizes must be/],
    ['imageSizes', '16', /^Picture sizes must be/],
    ['contexts', '0', /^Contexts must be whole numbers from 1 to 1048576/],
    ['contexts', '1.5', /^Contexts must be/],
    ['memory', '4', /^Memory must be an amount/],
    ['memory', '0 GB', /^Memory must be an amount/],
    ['memory', '-1GB', /^Memory must be an amount/],
    ['repeats', '', /^Repetitions must be a whole number from 1 to 1000\.$/],
    ['repeats', '1001', /^Repetitions must be/],
  ] as const)('names %s "%s" as wrong, in one sentence', (field, text, sentence) => {
    const read = readDraft({ ...draftOf(defaultClaimsSettings), [field]: text });
    expect(read).toEqual({ problem: { field, sentence: expect.stringMatching(sentence) } });
  });

  it('asks for each number once, in order, and takes units of memory', () => {
    const draft = { ...draftOf(defaultClaimsSettings), contexts: '1024 512;512', memory: '512 mib' };
    expect(readDraft(draft)).toMatchObject({
      settings: { contexts: [512, 1024], memoryBudgetBytes: 512 * 2 ** 20 },
    });
  });

  it('never sends what the extension would refuse', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('256', '1e3', '4GB', '99999999999 GB', '١٢', '0x10'));
    fc.assert(
      fc.property(text, text, text, text, (imageSizes, contexts, memory, repeats) => {
        const read = readDraft({ imageSizes, contexts, memory, repeats, precision: 'fp32' });
        return 'problem' in read || v.is(claimsSettingsSchema, read.settings);
      }),
    );
  });
});

describe('what it costs', () => {
  it('stands in a sentence', () => {
    expect(costWords(cost)).toBe(
      'About 6 minutes on 1 thread, 5.80 GB of disk (40.00 GB are free) until it ends, and about 4.60 GB of memory.',
    );
  });

  it('is too much for a disk, a limit, or a memory, in this order', () => {
    expect(shortageOf(cost)).toBeNull();
    expect(shortageOf({ ...cost, memoryBytes: 17e9, freeDiskBytes: 1e9 })?.kind).toBe('disk');
    expect(shortageOf({ ...cost, memoryBytes: 17e9 })?.kind).toBe('limit');
    expect(shortageOf({ ...cost, freeMemoryBytes: 1e9 })?.kind).toBe('memory');
    expect(shortageOf({ ...cost, freeDiskBytes: null })).toBeNull();
  });

  it('leaves out contexts that a model does not read', () => {
    expect(unreadWords(cost, [512, 4096])).toBeNull();
    expect(unreadWords(cost, [8192])).toMatch(/above 4,096 tokens/);
  });
});

describe('a report', () => {
  it('is drawn with a line for each model where it was measured', () => {
    const report = exampleReport();
    expect(encoderChart(report, false).lines.map(({ points }) => points.map(({ x, y }) => [x, y]))).toEqual([
      [
        [256, 1343],
        [512, 5800],
      ],
      [
        [256, 3236],
        [512, 14_700],
      ],
    ]);
    const decode = decodeChart(report, false);
    expect(decode.lines.map(({ points }) => points.length)).toEqual([2, 1]);
    expect(decode.remarks).toEqual(['baseline, context 8192: reads at most 4096 tokens']);
    expect(firstTokenBars(report)).toHaveLength(4);
  });

  it('shows memory from the weights up to the context that each config allows', () => {
    const { lines } = memoryChart(exampleReport());
    expect(lines.map(({ name }) => name)).toEqual(['ours', 'baseline', 'budget']);
    expect(lines[1]?.points[0]?.y).toBeCloseTo(1.72, 2);
    expect(lines[1]?.points.at(-1)?.y).toBeCloseTo(1.72 + (65_536 * 4096) / 1e9, 2);
  });

  it('says that nothing is there while nothing is', () => {
    const empty = exampleReport({ pictures: [], decode: [] });
    expect(encoderChart(empty, true).empty).toMatch(/first repetition/);
    expect(encoderChart(empty, false).empty).toMatch(/No picture size/);
    expect(figureGroups(empty).map(({ title }) => title)).toEqual(['Counted']);
  });

  it('stands beside the published figures', () => {
    const [first] = figureGroups(exampleReport());
    expect(first?.rows[0]).toEqual({
      label: 'Encoder',
      models: ['1.34 s', '3.24 s'],
      ratio: '2.4 ×',
      paper: '28 against 163.3 ms (5.8 ×)',
    });
  });

  it('is exported with every value and every verdict', () => {
    const lines = csvOf(exampleReport()).trim().split('\r\n');
    expect(lines[1]).toMatch(/^encoder,256,ours,1343,1316.1\d*,1410.1\d*,3,ms,$/);
    // 2 sizes × 2 models × 6, 2 contexts × 2, 2 × 6 counted, 3 claims, 1 head
    expect(lines).toHaveLength(24 + 4 + 12 + 3 + 1);
    expect(lines.some(line => line.startsWith('decode,8192,baseline,,,,,tok/s,'))).toBe(true);
  });

  it('cannot bring markup into its page', () => {
    const report = exampleReport({ statusReason: '<script>' });
    report.contenders[0].name = '<img src=x onerror=alert(1)>';
    const palette = paletteOf(() => '', false);
    const charts = [encoderChart(report, false)];
    const page = htmlOf({ report, charts, drawings: new Map(), palette });
    expect(page).not.toMatch(/<img src=x|<script>/);
    expect(page).toContain('holds partly');
  });
});
