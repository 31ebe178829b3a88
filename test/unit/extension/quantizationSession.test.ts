import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FactMemory, type ModelFacts, noFacts } from '../../../src/extension/quantization/facts';
import {
  type Measuring,
  modelName,
  QuantizationSession,
  type SessionChange,
} from '../../../src/extension/quantization/session';
import { spliceBetween } from '../../../src/extension/quantization/textSplice';
import {
  type InspectionEvent,
  type InspectOutcome,
  type QuantizationReport,
  quantizedColumn,
  defaultQuantizationSettings as settings,
  type UnitDetailOutcome,
  type UnitDetailParams,
} from '../../../src/protocol/quantization';

type Inspection = Parameters<Measuring['inspect']>;

const units: InspectionEvent = { type: 'units', graph: 'graph', units: [], unmeasured: [] };
const content = {
  modelPath: '/models/one',
  comparedPath: null,
  settings,
  calibrationPath: null,
  measured: false,
};

/** Runs and details that the test ends when it wants to. */
let inspections: { params: Inspection[0]; onEvent: Inspection[1]; signal: AbortSignal; end: EndInspection }[];
let details: { params: UnitDetailParams; signal: AbortSignal; end: (outcome: UnitDetailOutcome) => void }[];
type EndInspection = (outcome: InspectOutcome) => void;

const measuring: Measuring = {
  inspect: (params, onEvent, signal) =>
    new Promise(end => {
      inspections.push({ params, onEvent, signal, end });
    }),
  detail: (params, signal) =>
    new Promise(end => {
      details.push({ params, signal, end });
    }),
};

let remembered: Map<string, ModelFacts>;
const memory: FactMemory = {
  load: modelPath => remembered.get(modelPath),
  save: (modelPath, facts) => void remembered.set(modelPath, facts),
};

beforeEach(() => {
  remembered = new Map();
  inspections = [];
  details = [];
});

function reportNamed(name: string, partial = false): QuantizationReport {
  const samples = { calibrationSamples: 1, evaluationSamples: 1, skipped: [] };
  return {
    model: { name, sha256: '' },
    settings,
    calibration: { source: 'shipped', method: 'minmax', ...samples },
    graphs: [],
    partial,
  };
}

const done = (name: string, partial = false): InspectOutcome => ({
  ok: true,
  report: reportNamed(name, partial),
});
const nth = <T>(list: T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${index}`);
  return found;
};
const settle = () => new Promise(resolve => setImmediate(resolve));

describe('a run', () => {
  it('passes its events on, keeps only the latest status, and ends with its report', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    const changes: SessionChange['type'][] = [];
    session.subscribe(({ type }) => changes.push(type));
    const ended = session.measure(settings, '/recipe');
    const { params, onEvent, end } = nth(inspections, 0);
    expect(params).toEqual({ modelPath: '/models/one', settings, recipePath: '/recipe' });
    for (let at = 0; at < 3; at++) onEvent({ type: 'status', message: 'Measuring', done: at, total: 3 });
    onEvent(units);
    expect(session.model.events.map(({ type }) => type)).toEqual(['status', 'units']);
    end(done('one'));
    await ended;
    expect(session.model).toMatchObject({ run: { state: 'done' }, report: { model: { name: 'one' } } });
    expect(session.content.measured).toBe(true);
    expect(changes).toEqual(['state', ...Array(4).fill('event'), 'state', 'state']);
  });

  it('that is cancelled keeps what came, and takes a partial report that comes later', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    const ended = session.measure(settings, undefined);
    const { onEvent, signal, end } = nth(inspections, 0);
    onEvent(units);
    session.cancel();
    expect(signal.aborted).toBe(true);
    expect(session.running).toBe(false);
    expect(session.model).toMatchObject({ run: { state: 'cancelled' }, events: [units] });
    onEvent(units);
    end(done('one', true));
    await ended;
    expect(session.model).toMatchObject({
      run: { state: 'cancelled' },
      report: { partial: true },
      events: [units],
    });
    expect(session.content.measured).toBe(false);
  });

  it('that was replaced changes nothing any more', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    const first = session.measure(settings, undefined);
    const second = session.measure(settings, undefined);
    nth(inspections, 1).end(done('second'));
    await second;
    nth(inspections, 0).end(done('first'));
    await first;
    expect(session.model.report?.model.name).toBe('second');
    expect(session.model.run).toEqual({ state: 'done' });
  });

  it('that fails says why', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    const ended = session.measure(settings, undefined);
    const failure = { kind: 'host-died', message: 'It died.' } as const;
    nth(inspections, 0).end({ ok: false, failure });
    await ended;
    expect(session.model.run).toEqual({ state: 'failed', failure });
  });

  it('of two models measures one after the other, the recipe with the first only', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    session.compareWith('/models/two');
    session.calibrateWith('/pictures');
    const ended = session.measure(settings, '/recipe');
    expect(inspections).toHaveLength(1);
    nth(inspections, 0).end(done('one'));
    await settle();
    expect(session.running).toBe(true);
    const { params, end } = nth(inspections, 1);
    expect(params).toEqual({ modelPath: '/models/two', settings, calibration: { path: '/pictures' } });
    end(done('two'));
    await ended;
    expect(session.compared?.report?.model.name).toBe('two');
    session.compareWith(null);
    expect(session.compared).toBeNull();
  });
});

describe('sizes that a model leaves open', () => {
  const openInputs = [{ name: 'x', dims: ['batch', 3] }];
  const failure = { kind: 'usage', message: 'A size is open.', openInputs } as const;

  it('are asked for, given, and remembered for the model', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    const ended = session.measure(settings, undefined);
    nth(inspections, 0).end({ ok: false, failure: { ...failure, openInputs: [...openInputs] } });
    await ended;
    expect(session.model.facts).toMatchObject({ openInputs, shapes: {} });
    session.supply('model', { shapes: { x: [1, 3] }, values: {} });
    void session.measure(settings, undefined);
    expect(nth(inspections, 1).params.shapes).toEqual({ x: [1, 3] });
    void session.detail({ side: 'model', graph: 'graph', layer: 'first', scheme: 'w8a8' });
    const later = new QuantizationSession('later', content, measuring, memory);
    void later.measure(settings, undefined);
    expect(nth(inspections, 2).params.shapes).toEqual({ x: [1, 3] });
    expect(later.model.facts.openInputs).toEqual(openInputs);
  });

  it('hold for the samples that they were given for, since tensors bring their own', () => {
    remembered.set('/models/one', { ...noFacts, openInputs, shapes: { x: [1, 3] } });
    const session = new QuantizationSession('id', content, measuring, memory);
    session.calibrateWith('/tensors');
    void session.measure(settings, undefined);
    expect(nth(inspections, 0).params.shapes).toBeUndefined();
    session.calibrateWith(null);
    void session.measure(settings, undefined);
    expect(nth(inspections, 1).params.shapes).toEqual({ x: [1, 3] });
    session.calibrateWith('/pictures', 'pictures');
    void session.measure(settings, undefined);
    expect(nth(inspections, 2).params.shapes).toEqual({ x: [1, 3] });
  });
});

describe('what a person says about a model', () => {
  it('adds numbers for inputs to those that were asked for before', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    for (const [index, name] of ['rate', 'length'].entries()) {
      const ended = session.measure(settings, undefined);
      const valueInputs = [{ name, type: 'int64' }];
      nth(inspections, index).end({ ok: false, failure: { kind: 'usage', message: 'No.', valueInputs } });
      await ended;
    }
    expect(session.model.facts.valueInputs.map(({ name }) => name)).toEqual(['rate', 'length']);
    session.supply('model', { shapes: {}, values: { rate: 16000, length: 1 } });
    void session.measure(settings, undefined);
    expect(nth(inspections, 2).params.values).toEqual({ rate: 16000, length: 1 });
    expect(session.samples).toEqual({ values: { rate: 16000, length: 1 } });
  });

  it('says how pictures are taken where a bare graph is fed with some, and nowhere else', () => {
    const graph = { ...content, modelPath: '/models/one.onnx', comparedPath: '/models/bundle' };
    const session = new QuantizationSession('id', graph, measuring, memory);
    session.takePixels('imagenet');
    expect(session.samples).toEqual({});
    session.calibrateWith('/pictures');
    expect(session.samples).toEqual({ calibration: { path: '/pictures' }, pixels: 'imagenet' });
    expect(remembered.get('/models/one.onnx')?.pixels).toBe('imagenet');
  });

  it('measures a quantized model against its float original, and explains it by its own recipe', () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    session.compareWithOriginal('model', '/models/float');
    void session.measure(settings, undefined);
    const places = { modelPath: '/models/float', quantizedPath: '/models/one' };
    expect(nth(inspections, 0).params).toMatchObject(places);
    expect(session.floatPath).toBe('/models/float');
    const cell = { side: 'model', graph: 'graph', layer: 'first', scheme: 'w8a8' } as const;
    void session.detail({ ...cell, scheme: quantizedColumn });
    void session.detail(cell);
    const asked = details.map(({ params: { inspection, scheme } }) => [
      inspection.modelPath,
      inspection.quantizedPath,
      inspection.recipePath,
      scheme,
    ]);
    expect(asked).toEqual([
      ['/models/float', undefined, '/models/one/quantization/recipe.quant.yaml', 'recipe'],
      ['/models/float', undefined, undefined, 'w8a8'],
    ]);
    session.compareWithOriginal('model', null);
    void session.measure(settings, undefined);
    expect(nth(inspections, 1).params).toEqual({ modelPath: '/models/one', settings });
  });

  it('cannot take a single quantized file apart', async () => {
    const session = new QuantizationSession('id', { ...content, modelPath: '/one.onnx' }, measuring, memory);
    session.compareWithOriginal('model', '/float.onnx');
    const cell = { side: 'model', graph: 'graph', layer: 'first', scheme: quantizedColumn } as const;
    expect(await session.detail(cell)).toMatchObject({ ok: false, failure: { kind: 'usage' } });
    expect(details).toEqual([]);
  });
});

describe('a detail', () => {
  const cell = { side: 'model', graph: 'graph', layer: 'first', scheme: 'w4a8' } as const;

  it('gives up the one before it, and says which scheme is looked at', () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    expect(session.lookedAtScheme).toBe(settings.schemes[0]);
    void session.detail(cell);
    void session.detail({ ...cell, scheme: 'recipe' });
    expect(details.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(session.lookedAtScheme).toBe('w4a8');
  });

  it('depends on the recipe in the recipe’s column alone', () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    void session.measure(settings, '/recipe');
    void session.detail(cell);
    void session.detail({ ...cell, scheme: 'recipe' });
    expect(details.map(({ params }) => params.inspection.recipePath)).toEqual([undefined, '/recipe']);
  });

  it('of a model that is gone fails in one sentence', async () => {
    const session = new QuantizationSession('id', content, measuring, memory);
    expect(await session.detail({ ...cell, side: 'compared' })).toMatchObject({ ok: false });
  });
});

it('a disposed session ends its work and says nothing', () => {
  const session = new QuantizationSession('id', content, measuring, memory);
  void session.measure(settings, undefined);
  let said = 0;
  session.subscribe(() => said++);
  session.dispose();
  expect(nth(inspections, 0).signal.aborted).toBe(true);
  expect(said).toBe(0);
});

it('a model is named by its folder or file', () => {
  expect(modelName('/models/autoneural-nano')).toBe('autoneural-nano');
  expect(modelName('/graphs/Det.v4.ONNX')).toBe('Det.v4');
});

it('the smallest splice between two texts turns one into the other', () => {
  const near = fc
    .tuple(fc.string(), fc.string(), fc.string(), fc.string())
    .map(([a, b, c, d]) => [a + b + d, a + c + d] as const);
  fc.assert(
    fc.property(fc.oneof(near, fc.tuple(fc.string(), fc.string())), ([before, after]) => {
      const { start, end, text } = spliceBetween(before, after);
      expect(before.slice(0, start) + text + before.slice(end)).toBe(after);
      expect(start).toBeLessThanOrEqual(end);
    }),
  );
});
