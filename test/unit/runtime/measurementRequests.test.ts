import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import {
  defaultQuantizationSettings,
  type InspectionEvent,
  type InspectOutcome,
  quantizationMethods as methods,
} from '../../../src/protocol/quantization';
import { type RecipeReading, type RecipeTextOutcome, recipeMethods } from '../../../src/protocol/recipe';
import { bundle } from './fixtures/bundles';
import { isAlive, until } from './fixtures/processes';
import { startRuntime, type TestRuntime } from './fixtures/runtimeProcess';

const nano = join(__dirname, '../../../models/autoneural-nano');
const settings = { ...defaultQuantizationSettings, schemes: ['w8a8'] };

let bundles: Awaited<ReturnType<typeof bundle>>;
let runtime: TestRuntime;

beforeAll(async () => {
  bundles = await bundle({ runtime: true, host: 'misbehaving' });
});
afterAll(() => bundles.remove());
beforeEach(async () => {
  runtime = startRuntime(bundles.runtime, bundles.dir);
  await runtime.initialize();
});
afterEach(() => {
  runtime.process.kill('SIGKILL');
});

function inspect(
  behaviour: string,
  onEvent: (event: InspectionEvent) => void,
  source = new CancellationTokenSource(),
): Promise<InspectOutcome> {
  runtime.connection.onProgress(new ProgressType<InspectionEvent>(), behaviour, onEvent);
  const calibration = { path: `/${behaviour}` };
  const params = { progressToken: behaviour, modelPath: nano, settings, calibration };
  return runtime.connection.sendRequest(methods.inspect, params, source.token);
}

it('an inspection streams under its token, and a cancelled one brings what it has', async () => {
  const events: InspectionEvent[] = [];
  const source = new CancellationTokenSource();
  const outcome = await inspect(
    'steps 4000',
    event => {
      events.push(event);
      if (events.length === 5) source.cancel();
    },
    source,
  );
  expect(outcome).toMatchObject({ ok: true, report: { partial: true } });
  expect(events.map(({ type }) => type).slice(0, 3)).toEqual(['status', 'units', 'status']);
});

it('prompts are answered while a measurement runs and after it died', async () => {
  let begun = false;
  const source = new CancellationTokenSource();
  const running = inspect('block 60000', ({ type }) => (begun ||= type === 'units'), source);
  await until(() => begun);
  expect(await runtime.ask('echo there')).toMatchObject({ ok: true, result: { answer: 'there' } });
  const pid = await runtime.ask('pid');
  source.cancel();
  expect(await running).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
  expect(await inspect('abort', () => undefined)).toMatchObject({
    ok: false,
    failure: { kind: 'host-died' },
  });
  expect(await runtime.ask('pid')).toEqual(pid);
});

it('no measurement outlives its runtime', async () => {
  let host: number | undefined;
  const onEvent = (event: InspectionEvent) => {
    if (event.type === 'status' && event.total > 0) host = event.total;
  };
  void inspect('block 60000', onEvent).catch(() => undefined);
  await until(() => host !== undefined);
  const pid = host ?? Number.NaN;
  expect(isAlive(pid)).toBe(true);
  runtime.process.kill('SIGKILL');
  await until(() => !isAlive(pid), 5000);
});

it.each([methods.inspect, methods.detail, methods.apply, recipeMethods.change, recipeMethods.create])(
  '%s answers malformed parameters with a sentence',
  async method => {
    expect(await runtime.connection.sendRequest(method, { modelPath: 7 })).toMatchObject({
      ok: false,
      failure: { kind: 'usage', message: expect.stringContaining(method) },
    });
  },
);

it('recipes are made, read and changed', async () => {
  const ask = <Answer>(method: string, params: object): Promise<Answer> =>
    runtime.connection.sendRequest(method, params);
  const created = await ask<RecipeTextOutcome>(recipeMethods.create, {
    modelPath: nano,
    scheme: 'w8a8',
    calibrationMethod: 'minmax',
    htp: 'none',
  });
  const rule = { match: 'vision.*', scheme: 'w8a16' };
  const text = created.ok ? created.text : '';
  const added = await ask<RecipeTextOutcome>(recipeMethods.change, { text, change: 'add', rule });
  const reading = await ask<RecipeReading>(recipeMethods.read, { text: added.ok ? added.text : '' });
  expect(reading).toMatchObject({ problem: null, rules: [{ match: '**', scheme: 'w8a8' }, rule] });
});
