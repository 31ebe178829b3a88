import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import {
  defaultQuantizationSettings,
  type InspectionEvent,
  type InspectOutcome,
  type InspectParams,
  quantizedColumn,
} from '../../../src/protocol/quantization';
import { defaultLimits, type HostLimits } from '../../../src/runtime/hostLimits';
import { Measurements } from '../../../src/runtime/measurements';
import { bundle } from './fixtures/bundles';
import { isAlive, until } from './fixtures/processes';

let host: Awaited<ReturnType<typeof bundle>>;
let modelPath: string;
let caches = 0;
let cacheDir: string;
let measurements: Measurements;
let pids: number[];

beforeAll(async () => {
  host = await bundle({ runtime: false, host: 'misbehaving' });
  modelPath = join(host.dir, 'tiny.onnx');
  writeFileSync(modelPath, Buffer.concat([...encodeModel(tinyGraph(1))]));
});
afterAll(() => host.remove());

beforeEach(() => {
  cacheDir = join(host.dir, `cache-${++caches}`);
  pids = [];
  measurements = measurementsWith({});
});
afterEach(async () => {
  measurements.dispose();
  await until(() => pids.every(pid => !isAlive(pid)));
});

function tinyGraph(factor: number): Graph {
  const builder = new GraphBuilder('tiny', { '': 17 });
  const data = bytesOf(new Float32Array([factor]));
  const weight = builder.initializer({ name: 'w', type: 'float32', dims: [1], data });
  const product = builder.op('Mul', 'first', [builder.input('x', 'float32', [1]), weight]);
  builder.output('y', product, 'float32', [1]);
  return builder.build();
}

function measurementsWith(limits: Partial<HostLimits>): Measurements {
  return new Measurements({
    script: host.host,
    limits: { ...defaultLimits, memoryLimitMiB: 1024, ...limits },
    cacheDir,
    threads: 1,
    log: () => undefined,
  });
}

interface Asked extends Pick<InspectParams, 'values' | 'pixels' | 'quantizedPath'> {
  behaviour?: string;
  schemes?: string[];
  recipePath?: string;
  onEvent?: (event: InspectionEvent) => void;
  signal?: AbortSignal;
}

function paramsOf({
  behaviour,
  schemes = ['w8a8'],
  recipePath,
  onEvent: _onEvent,
  signal: _signal,
  ...given
}: Asked): Omit<InspectParams, 'progressToken'> {
  return {
    ...given,
    modelPath,
    settings: { ...defaultQuantizationSettings, schemes },
    ...(behaviour === undefined ? {} : { calibration: { path: `/${behaviour}` } }),
    ...(recipePath === undefined ? {} : { recipePath }),
  };
}

async function inspect(asked: Asked = {}): Promise<InspectOutcome> {
  const { onEvent = () => undefined, signal = new AbortController().signal } = asked;
  const outcome = await measurements.inspect(paramsOf(asked), onEvent, signal);
  for (const pid of Object.values(figuresOf(outcome))) pids.push(pid);
  return outcome;
}

/** Which process measured each column. */
function figuresOf(outcome: InspectOutcome): Record<string, number> {
  const results = outcome.ok ? (outcome.report.graphs[0]?.layers[1]?.results ?? []) : [];
  return Object.fromEntries(results.map(({ scheme, sqnrDb }) => [scheme, sqnrDb ?? Number.NaN]));
}

function sentenceOf(
  outcome: { ok: true } | { ok: false; failure: { kind: string; message: string } },
): string {
  return outcome.ok ? 'measured' : `${outcome.failure.kind}: ${outcome.failure.message}`;
}

describe('a measurement', () => {
  it('streams its events and ends its process', async () => {
    const events: InspectionEvent[] = [];
    const outcome = await inspect({ schemes: ['w8a8', 'w4a8'], onEvent: event => events.push(event) });
    expect(sentenceOf(outcome)).toBe('measured');
    expect(events.map(({ type }) => type)).toEqual(['status', 'units', 'figures', 'figures']);
    expect(pids.some(isAlive)).toBe(false);
    expect(pids).not.toContain(process.pid);
  });

  it('that cannot be made says why, in the sentence of the engine', async () => {
    expect(sentenceOf(await inspect({ behaviour: 'refuse' }))).toBe('model-invalid: This is no network.');
    const missing = { ...paramsOf({}), modelPath: '/no/such/model' };
    const outcome = await measurements.inspect(missing, () => undefined, new AbortController().signal);
    expect(sentenceOf(outcome)).toMatch(/^bundle-missing: /);
  });

  it('whose process dies costs itself and nothing else', async () => {
    const [died, next] = await Promise.all([inspect({ behaviour: 'abort' }), inspect()]);
    expect(sentenceOf(died)).toBe(
      'host-died: The process of the measurement was ended by signal SIGABRT; measure again to start a new one.',
    );
    expect(sentenceOf(next)).toBe('measured');
  });

  it('may use memory up to the limit', async () => {
    measurements = measurementsWith({ memoryLimitMiB: 400 });
    expect(sentenceOf(await inspect({ behaviour: 'grow 4000' }))).toMatch(
      /^host-out-of-memory: The process of the measurement used [\d,]+ MiB of memory, more than the limit of 400 MiB/,
    );
  });
});

describe('cancelling', () => {
  it('between two runs brings what was measured, marked as partial, and is not remembered', async () => {
    const abort = new AbortController();
    const onEvent = ({ type }: InspectionEvent) => type === 'units' && setTimeout(() => abort.abort(), 50);
    const outcome = await inspect({ behaviour: 'steps 400', onEvent, signal: abort.signal });
    expect(outcome).toMatchObject({ ok: true, report: { partial: true } });
    const again = await inspect({ behaviour: 'steps 2' });
    expect(figuresOf(again)).not.toEqual(figuresOf(outcome));
  });

  it('inside a run ends the process', async () => {
    measurements = measurementsWith({ cancelGraceMs: 200 });
    const abort = new AbortController();
    const onEvent = ({ type }: InspectionEvent) => type === 'units' && setTimeout(() => abort.abort(), 50);
    const outcome = await inspect({ behaviour: 'block 60000', onEvent, signal: abort.signal });
    expect(sentenceOf(outcome)).toBe('cancelled: The measurement was stopped.');
  });

  it('while waiting for its turn ends it at once', async () => {
    measurements = measurementsWith({ cancelGraceMs: 100 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = inspect({ behaviour: 'block 60000', signal: first.signal });
    const waiting = inspect({ signal: second.signal });
    second.abort();
    expect(sentenceOf(await waiting)).toBe('cancelled: The measurement was stopped.');
    first.abort();
    expect(sentenceOf(await running)).toMatch(/^cancelled: /);
  });
});

describe('an export', () => {
  /** How it ended, and what lies in its folder's place then. */
  async function exported(
    behaviour: string,
    signal = new AbortController().signal,
    onEvent: (event: InspectionEvent) => void = () => undefined,
  ) {
    const parent = join(host.dir, `exports-${caches}`);
    mkdirSync(parent);
    const params = {
      modelPath,
      recipePath: '/no/matter',
      outDir: join(parent, 'out'),
      calibration: { path: `/${behaviour}` },
    };
    const outcome = await measurements.apply(params, onEvent, signal);
    return { sentence: sentenceOf(outcome), left: readdirSync(parent) };
  }

  it('tells what it does, and is whole in the end', async () => {
    const events: InspectionEvent[] = [];
    const { sentence, left } = await exported('steps 2', undefined, event => events.push(event));
    expect([sentence, left]).toEqual(['measured', ['out']]);
    expect(events.map(({ type }) => type)).toEqual(['status', 'status', 'status']);
    expect(events[0]).toMatchObject({ message: 'Starting the export' });
  });

  it('says that it waits for a measurement, and can be stopped while it does', async () => {
    measurements = measurementsWith({ cancelGraceMs: 100 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = inspect({ behaviour: 'block 60000', signal: first.signal });
    const said: InspectionEvent[] = [];
    const { sentence, left } = await exported('steps 2', second.signal, event => {
      said.push(event);
      second.abort();
    });
    expect(said).toEqual([{ type: 'status', message: 'Waiting for a measurement', done: 0, total: 0 }]);
    expect([sentence, left]).toEqual(['cancelled: The measurement was stopped.', []]);
    first.abort();
    await running;
  });

  it('whose process dies or is ended leaves nothing behind', async () => {
    const died = await exported('abort');
    expect(died.sentence).toMatch(/^host-died: /);
    expect(died.left).toEqual([]);
    measurements = measurementsWith({ cancelGraceMs: 200 });
    caches++;
    const abort = new AbortController();
    const stopped = await exported('block 60000', abort.signal, event => {
      if (event.type === 'status' && event.message !== 'Starting the export')
        setTimeout(() => abort.abort(), 50);
    });
    expect(stopped.sentence).toMatch(/^cancelled: /);
    expect(stopped.left).toEqual([]);
  });
});

describe('the detail of a unit', () => {
  const detail = (behaviour?: string) =>
    measurements.detail(
      {
        inspection: paramsOf(behaviour === undefined ? {} : { behaviour }),
        graph: 'graph',
        layer: 'first',
        scheme: 'w8a8',
      },
      new AbortController().signal,
    );

  it('does not wait for an inspection, and is remembered', async () => {
    const abort = new AbortController();
    let begun = false;
    const onEvent = ({ type }: InspectionEvent) => (begun ||= type === 'units');
    const running = inspect({ behaviour: 'steps 4000', onEvent, signal: abort.signal });
    await until(() => begun);
    const first = await detail();
    expect(first).toMatchObject({ ok: true, detail: { layer: 'first' } });
    expect(await detail()).toEqual(first);
    abort.abort();
    await running;
  });

  it('shares its process with the next one, as long as it lives', async () => {
    const pidOf = async (behaviour: string) => {
      const outcome = await detail(behaviour);
      const pid = outcome.ok ? outcome.detail.accumulated.sqnrDb : null;
      return pid ?? assert.fail(sentenceOf(outcome));
    };
    const pid = await pidOf('steps 1');
    expect(isAlive(pid)).toBe(true);
    expect(await pidOf('steps 2')).toBe(pid);
    expect(sentenceOf(await detail('abort'))).toMatch(/^host-died: /);
    const next = await pidOf('steps 3');
    expect(next).not.toBe(pid);
    measurements.dispose();
    await until(() => !isAlive(next));
  });

  it('fails alone', async () => {
    expect(sentenceOf(await detail('abort'))).toMatch(/^host-died: The process of the measurement/);
    expect(sentenceOf(await detail())).toBe('measured');
  });
});

describe('what was measured before', () => {
  it('comes back at once, column by column', async () => {
    const first = figuresOf(await inspect({ schemes: ['w8a8', 'w4a8'] }));
    expect(figuresOf(await inspect({ schemes: ['w4a8', 'w8a8'] }))).toEqual(first);
    const events: InspectionEvent[] = [];
    const more = figuresOf(
      await inspect({ schemes: ['w8a8', 'w8a16'], onEvent: event => events.push(event) }),
    );
    expect(more['w8a8']).toBe(first['w8a8']);
    expect(more['w8a16']).not.toBe(first['w8a8']);
    expect(Object.keys(more)).toEqual(['w8a8', 'w8a16']);
    const schemes = events.flatMap(event => (event.type === 'figures' ? [event.scheme] : []));
    expect(schemes).toEqual(['w8a8', 'w8a16']);
  });

  it('is looked up without being measured: what is known of it, or why nothing is', async () => {
    const known = () =>
      measurements.inspect(
        { ...paramsOf({}), onlyKnown: true },
        () => undefined,
        new AbortController().signal,
      );
    expect(sentenceOf(await known())).toBe('usage: tiny.onnx was not measured yet: inspect it first.');
    const measured = await inspect({ schemes: ['w8a8'] });
    expect(figuresOf(await known())).toEqual(figuresOf(measured));
  });

  it('is another measurement with other values, other pixels, or beside a quantized model', async () => {
    const quantizedPath = join(host.dir, 'quantized.onnx');
    writeFileSync(quantizedPath, Buffer.concat([...encodeModel(tinyGraph(3))]));
    const plain = figuresOf(await inspect())['w8a8'];
    for (const given of [{ values: { x: 1 } }, { pixels: 'byte' as const }, { quantizedPath }]) {
      const first = figuresOf(await inspect(given));
      expect(first['w8a8']).not.toBe(plain);
      expect(figuresOf(await inspect(given))).toEqual(first);
    }
    const first = await inspect({ quantizedPath });
    const more = await inspect({ quantizedPath, schemes: ['w8a8', 'w4a8'] });
    expect(Object.keys(figuresOf(more))).toEqual(['w8a8', quantizedColumn, 'w4a8']);
    expect(figuresOf(more)[quantizedColumn]).toBe(figuresOf(first)[quantizedColumn]);
    expect(more).toMatchObject({
      report: { quantized: { name: 'quantized' }, settings: { schemes: ['w8a8', 'w4a8'] } },
    });
  });

  it('is measured anew with other weights, settings or samples, and an edited recipe in its column only', async () => {
    const recipePath = join(host.dir, 'tiny.quant.yaml');
    writeFileSync(recipePath, 'one');
    const first = figuresOf(await inspect({ recipePath }));
    writeFileSync(recipePath, 'two');
    const edited = figuresOf(await inspect({ recipePath }));
    expect(edited['w8a8']).toBe(first['w8a8']);
    expect(edited['recipe']).not.toBe(first['recipe']);
    writeFileSync(recipePath, 'one');
    expect(figuresOf(await inspect({ recipePath }))).toEqual(first);
    expect(figuresOf(await inspect({ behaviour: 'steps 1' }))['w8a8']).not.toBe(first['w8a8']);
    const before = readFileSync(modelPath);
    writeFileSync(modelPath, Buffer.concat([...encodeModel(tinyGraph(2))]));
    expect(figuresOf(await inspect())['w8a8']).not.toBe(first['w8a8']);
    writeFileSync(modelPath, before);
    expect(figuresOf(await inspect())['w8a8']).toBe(first['w8a8']);
  });
});
