import { describe, expect, it } from 'vitest';
import { defaultQuantizationSettings } from '../../../../src/protocol/quantization';
import type { Inspection, ToQuantizationView } from '../../../../src/protocol/quantizationView';
import { columnsOf } from '../../../../webview-ui/quantization/model/columns';
import { headingOf } from '../../../../webview-ui/quantization/model/heading';
import { layersOf } from '../../../../webview-ui/quantization/model/layers';
import { conditions, countsOf } from '../../../../webview-ui/quantization/model/summary';
import {
  applyMessage,
  hasFigures,
  initialModel,
  type ViewMessage,
  type ViewModel,
} from '../../../../webview-ui/quantization/model/viewModel';
import { parseSaved } from '../../../../webview-ui/quantization/saved';
import { exact, figure } from './drawn';

const inspection = (change: Partial<Inspection> = {}): Inspection => ({
  name: 'nano',
  place: 'models/nano',
  run: { state: 'running' },
  report: null,
  events: [],
  usualSamples: 'shipped',
  openInputs: [],
  shapes: {},
  valueInputs: [],
  values: {},
  pixels: null,
  original: null,
  ...change,
});
const state = (model = inspection(), compared: Inspection | null = null): ToQuantizationView => ({
  type: 'state',
  state: {
    sessionId: 's',
    model,
    compared,
    settings: defaultQuantizationSettings,
    calibration: null,
    recipe: null,
    trusted: true,
    runtime: { state: 'ready' },
  },
});
const unit = (layer: string) => ({ layer, op: 'Conv', parameters: 1, outputShape: null });
const units = (...names: string[]): ToQuantizationView => ({
  type: 'event',
  side: 'model',
  event: { type: 'units', graph: 'vision_encoder', units: names.map(unit), unmeasured: [] },
});
const figures = (scheme: string, ...dbs: number[]): ToQuantizationView => ({
  type: 'event',
  side: 'model',
  event: {
    type: 'figures',
    graph: 'vision_encoder',
    scheme,
    figures: dbs.map(figure),
    output: figure(dbs.at(-1) ?? 0),
  },
});
const modelAfter = (...messages: ViewMessage[]) => messages.reduce(applyMessage, initialModel);
const cell = { side: 'model', graph: 'g', layer: 'a', scheme: 'w8a8' } as const;
const report = {
  model: { name: 'nano', sha256: '' },
  settings: defaultQuantizationSettings,
  calibration: {
    source: 'shipped',
    method: 'minmax',
    calibrationSamples: 8,
    evaluationSamples: 4,
    skipped: [],
  },
  graphs: [
    {
      name: 'vision_encoder',
      layers: [
        { ...unit('a'), results: [{ scheme: 'w8a8', ...figure(20) }] },
        { ...unit('b'), results: [{ scheme: 'w8', ...exact }] },
      ],
      output: [{ scheme: 'w8a8', ...figure(19) }],
      unmeasured: [],
    },
  ],
  partial: false,
} satisfies Inspection['report'];

function heading(model: ViewModel) {
  const tables = model.model?.tables ?? [];
  const columns = columnsOf(defaultQuantizationSettings, { tables, recipe: false }, null);
  return headingOf(model, { layers: layersOf(tables, []), columns, sortedColumn: null, thresholdDb: 30 });
}

describe('a running measurement', () => {
  it('fills in row by row and scheme by scheme', () => {
    const model = modelAfter(state(), units('a', 'b'), figures('w8a8', 40, 25));
    expect(model.model?.tables[0]?.figures.get('w8a8')?.map(one => one?.sqnrDb)).toEqual([40, 25]);
    expect(model.model?.tables[0]?.figures.get('w4a8')).toBeUndefined();
    expect(heading(modelAfter(state()))).toBe('Measuring nano…');
    expect(heading(model)).toBe('Encoder 25.0 dB at W8A8; 1 layer below 30 dB, worst b.');
  });

  it('found by a reloaded page goes on from its events', () => {
    const events = [units('a'), figures('w8a8', 40)].flatMap(message =>
      message.type === 'event' ? [message.event] : [],
    );
    events.push({ type: 'status', message: 'Measuring', done: 1, total: 4 });
    const model = modelAfter(state(inspection({ events })));
    expect(model).toMatchObject({ model: { progress: { message: 'Measuring', done: 1, total: 4 } } });
    expect(model.model?.tables).toEqual(modelAfter(state(), units('a'), figures('w8a8', 40)).model?.tables);
  });

  it('keeps the columns that hold when the recipe alone is measured again', () => {
    const again = modelAfter(state(inspection({ report })), units('a', 'b'), figures('recipe', 50, 51));
    expect([...(again.model?.tables[0]?.figures.keys() ?? [])]).toEqual(['w8a8', 'w8', 'recipe']);
    const other = modelAfter(state(inspection({ report })), units('a', 'c'));
    expect(other.model?.tables[0]?.figures.size).toBe(0);
  });

  it('keeps its figures when the same rows are told again, with more that is known of them', () => {
    const known = { ...unit('a'), outputShape: [1, 2] };
    const again: ToQuantizationView = {
      type: 'event',
      side: 'model',
      event: { type: 'units', graph: 'vision_encoder', units: [known], unmeasured: [] },
    };
    const [table] = modelAfter(state(), units('a'), figures('w8a8', 40), again).model?.tables ?? [];
    expect(table?.units).toEqual([known]);
    expect(table?.figures.get('w8a8')).toHaveLength(1);
  });

  it('does not start again by an event that came too late, nor take figures nobody announced', () => {
    const ended = modelAfter(state(inspection({ run: { state: 'cancelled' } })));
    expect(applyMessage(ended, units('a'))).toBe(ended);
    expect(modelAfter(state(), figures('w8a8', 1)).model?.tables).toEqual([]);
  });

  it('tells its end once', () => {
    expect(modelAfter(state(), state(inspection({ run: { state: 'done' }, report }))).announcement).toBe(
      'nano is measured.',
    );
    const failure = { kind: 'host-died', message: 'It died.' } as const;
    expect(
      modelAfter(state(), state(inspection({ run: { state: 'failed', failure } }))).announcement,
    ).toContain('It died.');
    expect(modelAfter(state(inspection({ run: { state: 'done' } }))).announcement).toBe('');
  });
});

describe('the heading', () => {
  const done = (change: object) =>
    modelAfter(state(inspection({ run: { state: 'done' }, report: { ...report, ...change } })));

  it('speaks of the first measured column', () => {
    expect(heading(done({}))).toBe('Encoder 19.0 dB at W8A8; 1 layer below 30 dB, worst a.');
  });

  it('makes no headline of random inputs', () => {
    const calibration = { ...report.calibration, source: 'random' as const };
    expect(heading(done({ calibration }))).not.toMatch(/dB/);
    expect(conditions(calibration)).toBe('simulated on this machine · 8 + 4 random inputs · min-max');
    const skipped = [{ name: 'x', reason: 'broken' }];
    expect(countsOf({ ...calibration, evaluationSamples: 1, skipped })).toBe(
      '8 set the ranges, 1 other was measured, 1 was skipped',
    );
  });

  it('writes a figure below zero with the minus of the map', () => {
    expect(heading(modelAfter(state(), units('a'), figures('w8a8', -85)))).toMatch(
      /^Encoder −85\.0 dB at W8A8/,
    );
  });

  it('makes none of them before the report says what was fed either', () => {
    const running = state(inspection({ usualSamples: 'random' }));
    expect(heading(modelAfter(running, units('a'), figures('w8a8', 19)))).not.toMatch(/dB/);
    expect(heading(modelAfter(state(), units('a'), figures('w8a8', 19)))).toMatch(/dB/);
  });
});

describe('details', () => {
  const answer = (address: typeof cell): ToQuantizationView => ({
    type: 'detail',
    cell: address,
    outcome: { ok: false, failure: { kind: 'internal', message: 'No.' } },
  });

  it('are those of the cell that was asked for last', () => {
    const asked = modelAfter(state(), { type: 'detailAsked', cell });
    expect(asked.detail).toEqual({ cell, outcome: null, asked: true });
    expect(applyMessage(asked, answer({ ...cell, layer: 'b' } as never))).toBe(asked);
    expect(applyMessage(asked, answer(cell)).detail?.outcome?.ok).toBe(false);
    expect(modelAfter(state(), answer(cell)).detail).toBeNull();
    expect(applyMessage(asked, { type: 'detailClosed' }).detail).toBeNull();
  });
});

it('counts the runs that came to their end, so that open details are asked for again', () => {
  const ended = (run: Inspection['run']) => modelAfter(state(), state(inspection({ run }))).finishedRuns;
  expect(ended({ state: 'done' })).toBe(1);
  expect(ended({ state: 'cancelled' })).toBe(0);
  expect(modelAfter(state(inspection({ run: { state: 'done' } }))).finishedRuns).toBe(0);
});

it('keeps what is known of a cell while it is measured again', () => {
  const known: ToQuantizationView = { type: 'detail', cell, outcome: { ok: true, detail: {} as never } };
  const again = modelAfter(state(), { type: 'detailAsked', cell }, known, { type: 'detailAsked', cell });
  expect(again.detail).toMatchObject({ outcome: { ok: true }, asked: true });
  const other = applyMessage(again, { type: 'detailAsked', cell: { ...cell, layer: 'b' } as never });
  expect(other.detail).toMatchObject({ outcome: null, asked: true });
});

it('takes the recipe’s text and its caret', () => {
  const recipe = { name: 'a.quant.yaml', rules: [], problem: null, stale: true };
  const model = modelAfter(state(), { type: 'recipe', recipe }, { type: 'reveal', match: 'a.*' });
  expect(model.state?.recipe).toEqual(recipe);
  expect(model.reveal).toEqual({ serial: 1, match: 'a.*' });
});

it('remembers what fits and forgets the rest', () => {
  const fresh = { sessionId: '', metric: 'sqnr', thresholdDb: 30, belowOnly: false, mapShare: 68 };
  for (const left of [undefined, null, 3, [], { metric: 'x', thresholdDb: Number.NaN, mapShare: 3 }])
    expect(parseSaved(left)).toEqual(fresh);
  expect(parseSaved({ metric: 'rms', thresholdDb: 25 })).toEqual({
    ...fresh,
    metric: 'rms',
    thresholdDb: 25,
  });
});

it('has figures when a column is there, not when rows are', () => {
  const rows = modelAfter(state(), units('a')).model;
  expect(rows && hasFigures(rows)).toBe(false);
  const filled = modelAfter(state(), units('a'), figures('w8a8', 40)).model;
  expect(filled && hasFigures(filled)).toBe(true);
});
