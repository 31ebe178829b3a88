import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type LayerErrors, profileFormSchema } from '../../../../src/protocol/profilingView';
import type { RunRecord } from '../../../../src/protocol/runRecord';
import { cautionsOf, differenceOf } from '../../../../webview-ui/profiling/model/difference';
import { figuresOf } from '../../../../webview-ui/profiling/model/figures';
import { costWords, draftOf, readDraft } from '../../../../webview-ui/profiling/model/form';
import { operatorTable, schemeWords } from '../../../../webview-ui/profiling/model/operators';
import { distinctNames } from '../../../../webview-ui/profiling/model/runNames';
import { exampleRun } from './exampleRun';

const draft = draftOf({
  imagePath: '/a.png',
  question: 'What?',
  contexts: [128],
  repetitions: 5,
  warmUps: 1,
  tokens: 64,
  sustainSeconds: 0,
  operators: true,
});

describe('the five figures', () => {
  it('are medians with their parts, tokens and peak', () => {
    const figures = figuresOf(exampleRun());
    expect(figures.map(({ value }) => value)).toEqual([
      '52.6 ms',
      expect.stringMatching(/^2\d\d tok\/s$/),
      '2200 tok/s',
      '202.2 MiB',
      expect.stringMatching(/^6\d °C$/),
    ]);
    expect(figures[0]?.sentence).toMatch(/^encode 5\.00 · project 0\.20 · prefill 35\.9 · rest 11\.5$/);
    expect(figures[2]?.sentence).toBe('64 image + 15 text tokens');
  });

  it('say why one is not there, in the words of the record', () => {
    const bare: RunRecord = { ...exampleRun({ heat: false }), summaries: [], peakRssBytes: null };
    const figures = figuresOf(bare);
    expect(figures.every(({ value }) => value === null)).toBe(true);
    expect(figures[4]?.sentence).toBe('This system shows no temperature.');
    const ticking = { ...bare, samples: bare.samples.map(sample => ({ ...sample, clockMhz: 2800 })) };
    expect(figuresOf(ticking)[4]?.sentence).toBe('clock 2.8 GHz · This system shows no temperature.');
  });

  it('name how the rate held in the sustained part', () => {
    const record = exampleRun();
    const gaps = Array.from({ length: 500 }, (_, index) => (index < 250 ? 4 : 8));
    let at = 0;
    const tokenAtMs = [0, ...gaps].map(gap => (at += gap));
    const [first] = record.repetitions;
    if (!first) throw new Error('no repetition');
    const repetitions = [...record.repetitions, { ...first, phase: 'sustained' as const, tokenAtMs }];
    expect(figuresOf({ ...record, repetitions })[1]?.sentence).toMatch(/sustained 167 \(−50 % to its end\)/);
  });
});

describe('names of runs', () => {
  it('are told apart by when they began, and by their ids where that is the same', () => {
    const began = (id: string, date: string | null, name = 'nano') => {
      const record = exampleRun({ id, name });
      record.provenance.date = date;
      return record;
    };
    const [at, other] = [new Date(2026, 10, 21, 16, 20, 5), new Date(2026, 10, 21, 16, 21, 0)];
    const names = (...records: RunRecord[]) => distinctNames(records);
    expect(names(began('a', at.toISOString()), began('b', null, 'vit'))).toEqual(['nano', 'vit']);
    expect(names(began('a', at.toISOString()), began('b', other.toISOString()))).toEqual([
      'nano, 2026-11-21 16:20:05',
      'nano, 2026-11-21 16:21:00',
    ]);
    expect(names(began('a', null), began('b', null))).toEqual(['nano, a', 'nano, b']);
  });
});

describe('a difference in words', () => {
  it('is of the longest context that both measured, and of the first token', () => {
    const fast = exampleRun({ rate: 540 });
    const slow = exampleRun({ rate: 300, contexts: [null, 128] });
    expect(differenceOf(fast, slow)).toMatch(
      /^The first run decodes 1\.8 × faster at context 128; its first token comes as soon/,
    );
    expect(differenceOf(slow, fast)).toMatch(/^The first run decodes 1\.8 × slower at context 128/);
  });

  it('is none within the spread, and none is claimed where nothing is shared', () => {
    expect(differenceOf(exampleRun(), exampleRun())).toMatch(
      /^The first run decodes as fast at context 512, within the spread/,
    );
    expect(differenceOf(exampleRun(), { ...exampleRun(), summaries: [] })).toBe(
      'There is no quantity that both of them measured.',
    );
  });

  it('is never told without what else differs', () => {
    const other = exampleRun();
    other.provenance.precision = 'cpu-q4';
    other.provenance.threads = 4;
    other.provenance.kind = 'imported';
    expect(cautionsOf(exampleRun(), other)).toEqual([
      'another precision (cpu-q4)',
      'another number of threads (4)',
      'one of the runs is not measured here',
    ]);
    expect(cautionsOf(exampleRun(), exampleRun())).toEqual([]);
    const moved = exampleRun();
    moved.provenance.device.name = 'another container of the same machine';
    expect(cautionsOf(exampleRun(), moved)).toEqual([]);
    moved.provenance.device.cores = 64;
    expect(cautionsOf(exampleRun(), moved)).toEqual(['another machine (a processor, 64 cores)']);
    const asked = exampleRun();
    asked.settings = {
      ...asked.settings,
      question: 'Why?',
      tokens: 3,
      picture: { name: 'b.png', sha256: '' },
    };
    expect(cautionsOf(exampleRun(), asked)).toEqual([
      'another picture (b.png)',
      'another question',
      'another number of tokens to write (3)',
    ]);
    asked.settings = { ...asked.settings, question: null, tokens: null, picture: null };
    expect(cautionsOf(exampleRun(), asked)).toEqual([]);
    const simulated = exampleRun();
    simulated.provenance.kind = 'simulation';
    expect(cautionsOf(exampleRun(), simulated)).toEqual(['one of the runs simulates an NPU']);
    const trained = exampleRun();
    trained.provenance.model.graphSha256 = 'ef'.repeat(32);
    expect(cautionsOf(exampleRun(), trained)).toEqual(['other weights of the same name']);
    trained.provenance.model.graphSha256 = null;
    expect(cautionsOf(exampleRun(), trained)).toEqual([]);
    expect(cautionsOf(exampleRun(), exampleRun({ repetitions: 1 }))).toEqual(['only 1 repetition']);
  });
});

describe('the table of operators', () => {
  const errors: LayerErrors = {
    graphs: [
      {
        graph: 'decoder.decode',
        scheme: 'w4a16',
        layers: [
          { layer: 'decoder.layer0.attn.query', sqnrDb: 41, exact: false },
          { layer: 'decoder.layer1.attn.query', sqnrDb: 29, exact: false },
        ],
      },
      {
        graph: 'vision_encoder',
        scheme: 'w8a16',
        layers: [{ layer: 'vision.stem', sqnrDb: null, exact: true }],
      },
    ],
  };

  it('groups blocks, the costliest first, and keeps all of the time', () => {
    const { rows, totalUs, mainProvider } = operatorTable(exampleRun().operatorPass, null);
    expect(rows.map(({ label, ops }) => `${label}: ${ops.join(',')}`).slice(0, 2)).toEqual([
      'decoder · feedForward × 4 blocks: MatMul,QuickGelu',
      'decoder · attn × 4 blocks: MatMul',
    ]);
    expect(rows.reduce((sum, { timeUs }) => sum + (timeUs ?? 0), 0)).toBe(totalUs);
    expect(rows.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1);
    expect(mainProvider).toBe('CPUExecutionProvider');
    expect(rows.find(({ label }) => label === 'vision.msfa.resize')?.providers).toEqual([
      'WebGpuExecutionProvider',
    ]);
  });

  it('joins errors by graph and layer: the worst of a group, exact where none has noise', () => {
    const { rows } = operatorTable(exampleRun().operatorPass, errors);
    expect(rows.find(({ label }) => label.startsWith('decoder · attn'))?.sqnrDb).toBe(29);
    expect(rows.find(({ label }) => label === 'vision.stem')).toMatchObject({ sqnrDb: null, exact: true });
    expect(rows.find(({ label }) => label.startsWith('decoder · feedForward'))?.sqnrDb).toBeNull();
  });

  it('says at which scheme the errors were measured', () => {
    expect(schemeWords(errors)).toBe('W4A16 in decoder.decode, W8A16 in vision_encoder');
    expect(schemeWords({ graphs: errors.graphs.slice(1) })).toBe('W8A16');
  });

  it('loses no operator, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 30 }), names => {
        const [operator] = exampleRun().operatorPass?.operators ?? [];
        if (!operator) throw new Error('no operator');
        const operators = names.map(layer => ({ ...operator, layer, timeUs: 1 }));
        const { rows } = operatorTable({ prompts: 1, tokens: 1, operators }, null);
        const count = rows.reduce((sum, { members }) => sum + Math.max(members.length, 1), 0);
        expect(count).toBe(names.length);
      }),
    );
  });
});

describe('the form', () => {
  it('is read as the extension will accept it', () => {
    const read = readDraft({ ...draft, contexts: '512, 128 128;2048' });
    expect('form' in read && v.safeParse(profileFormSchema, read.form).success).toBe(true);
    expect('form' in read && read.form.contexts).toEqual([128, 512, 2048]);
  });

  it('names the field that is wrong', () => {
    const field = (change: object) => {
      const read = readDraft({ ...draft, ...change });
      return 'problem' in read ? read.field : null;
    };
    expect(field({ question: '  ' })).toBe('question');
    expect(field({ repetitions: '0' })).toBe('repetitions');
    expect(field({ warmUps: '-1' })).toBe('warmUps');
    expect(field({ tokens: '1.5' })).toBe('tokens');
    expect(field({ sustainSeconds: '' })).toBe('sustainSeconds');
    expect(field({ contexts: '128, x' })).toBe('contexts');
    expect(field({ contexts: '0' })).toBe('contexts');
    expect(field({})).toBeNull();
  });

  it('never lets through what the extension refuses, whatever is typed', () => {
    const text = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String));
    fc.assert(
      fc.property(
        text,
        text,
        text,
        text,
        fc.array(text).map(all => all.join(',')),
        (a, b, c, d, contexts) => {
          const read = readDraft({
            ...draft,
            repetitions: a,
            warmUps: b,
            tokens: c,
            sustainSeconds: d,
            contexts,
          });
          if ('form' in read) v.parse(profileFormSchema, read.form);
        },
      ),
    );
  });

  it('says what a run costs before it begins', () => {
    const read = readDraft({ ...draft, sustainSeconds: '30' });
    expect('form' in read && costWords(read.form)).toBe(
      '12 prompts of 64 tokens at 2 lengths, then 30 s without a pause, and one pass that times the operators. The model is loaded twice.',
    );
  });
});
