import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import {
  type ClaimsCostOutcome,
  type ClaimsEvent,
  type ClaimsOutcome,
  claimsCostOutcomeSchema,
  claimsEventSchema,
  claimsMethods,
  claimsOutcomeSchema,
} from '../../../src/protocol/claimsRun';
import { listRunsOutcomeSchema, runFileMethods } from '../../../src/protocol/runFiles';
import { bundle } from './fixtures/bundles';
import { startRuntime, type TestRuntime } from './fixtures/runtimeProcess';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const nano = {
  name: 'autoneural-nano',
  configPath: join(repository, 'models', 'autoneural-nano', 'config.json'),
};
const vit = { name: 'vit-nano', configPath: join(repository, 'models', 'presets', 'vit-nano.json') };
const settings = {
  imageSizes: [128],
  contexts: [64],
  memoryBudgetBytes: 40e6,
  precision: 'cpu-q4',
  repeats: 2,
};

let bundles: Awaited<ReturnType<typeof bundle>>;
let runtime: TestRuntime;
let cacheDir: string;
let asked = 0;

beforeAll(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'autoneural-claims-'));
  bundles = await bundle({ runtime: true, host: 'real' });
  runtime = startRuntime(bundles.runtime, cacheDir);
  await runtime.initialize();
}, 60_000);
afterAll(() => {
  runtime.process.kill('SIGKILL');
  bundles.remove();
  rmSync(cacheDir, { recursive: true });
});

async function measure(
  more: object,
  onEvent: (event: ClaimsEvent, cancel: () => void) => void = () => {},
): Promise<ClaimsOutcome> {
  const progressToken = `claims-${++asked}`;
  const stop = new CancellationTokenSource();
  const listener = runtime.connection.onProgress(new ProgressType<ClaimsEvent>(), progressToken, event =>
    onEvent(v.parse(claimsEventSchema, event), () => stop.cancel()),
  );
  const params = { progressToken, models: [nano, vit], settings: { ...settings, ...more } };
  try {
    const answer = await runtime.connection.sendRequest(claimsMethods.measure, params, stop.token);
    return v.parse(claimsOutcomeSchema, answer);
  } finally {
    listener.dispose();
  }
}

async function cost(models: object[], more = {}): Promise<ClaimsCostOutcome> {
  const params = { models, settings: { ...settings, ...more } };
  return v.parse(claimsCostOutcomeSchema, await runtime.connection.sendRequest(claimsMethods.cost, params));
}

const leftOver = () => readdirSync(cacheDir).filter(name => name.startsWith('claims-'));

it('measures in a host of its own, and tells each value as it comes', async () => {
  // As a process that was killed leaves it; no process has this number.
  mkdirSync(join(cacheDir, 'claims-4194305'));
  const events: ClaimsEvent[] = [];
  const outcome = await measure({}, event => events.push(event));
  if (!outcome.ok) throw new Error(outcome.failure.message);
  expect(outcome.report).toMatchObject({ status: 'complete', repeats: 2 });
  const counts = events.flatMap(event =>
    event.type === 'measured' ? [[event.report.pictures.length, event.report.decode.length]] : [],
  );
  expect(counts).toEqual([
    [0, 0],
    [1, 0],
    [1, 0],
    [1, 1],
    [1, 1],
  ]);
  // Two models at one size and one context, a warm-up and two repetitions each.
  expect(events.findLast(event => event.type === 'progress')).toMatchObject({ done: 12, of: 12 });
  expect(leftOver()).toEqual([]);
}, 120_000);

it('gives back what a stopped comparison has, and nothing where it has nothing', async () => {
  const some = await measure({ repeats: 500 }, (event, cancel) => {
    if (event.type === 'measured' && event.report.pictures.length > 0) cancel();
  });
  expect(some).toMatchObject({ ok: true, report: { status: 'partial', decode: [] } });
  const none = await measure({ repeats: 500 }, (event, cancel) => {
    if (event.type === 'progress') cancel();
  });
  expect(none).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
  expect(leftOver()).toEqual([]);
}, 120_000);

it('says beforehand what it takes: disk to the byte, and more for more', async () => {
  const small = await cost([nano, vit]);
  const large = await cost([nano, vit], { imageSizes: [128, 256], repeats: 50 });
  if (!small.ok || !large.ok) throw new Error('no cost');
  expect(small.cost.memoryLimitBytes).toBe(2 * 2048 * 2 ** 20);
  expect(small.cost.contextLengths).toEqual([1024, 1024]);
  expect(small.cost.freeDiskBytes).toBeGreaterThan(0);
  expect(large.cost.minutes).toBeGreaterThan(small.cost.minutes);
  const report = await measure({ repeats: 1 });
  if (!report.ok) throw new Error(report.failure.message);
  const [ours, baseline] = report.report.contenders;
  expect(small.cost.diskBytes).toBe(ours.weightBytes + baseline.weightBytes);
  expect(large.cost.diskBytes).toBeGreaterThan(small.cost.diskBytes);
}, 120_000);

it('names the field that cannot be', async () => {
  const broken = join(cacheDir, 'broken.json');
  writeFileSync(broken, '{"model_type": "other"}');
  expect(await cost([{ name: 'a', configPath: '/nowhere/config.json' }, vit])).toMatchObject({
    ok: false,
    field: 'model',
    failure: { kind: 'bundle-missing' },
  });
  expect(await cost([nano, { name: 'b', configPath: broken }])).toMatchObject({
    ok: false,
    field: 'baseline',
    failure: { kind: 'bundle-invalid' },
  });
  expect(await cost([nano, vit], { imageSizes: [72] })).toMatchObject({
    ok: false,
    field: 'imageSizes',
    failure: {
      message: expect.stringMatching(/^vit-nano takes no pictures of 72 px, .*: choose another size/),
    },
  });
  expect(await measure({ imageSizes: [] })).toMatchObject({ ok: false, failure: { kind: 'usage' } });
}, 60_000);

it('keeps a report as the command line writes it, and lists it among the runs', async () => {
  const outcome = await measure({ repeats: 1 });
  if (!outcome.ok) throw new Error(outcome.failure.message);
  const dir = join(cacheDir, 'runs');
  const file = join(dir, 'a.json');
  const { connection } = runtime;
  await connection.sendRequest(claimsMethods.write, { file, report: outcome.report });
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(outcome.report, null, 2)}\n`);
  expect(await connection.sendRequest(claimsMethods.read, { file })).toEqual(outcome);
  writeFileSync(join(dir, 'b.json'), '{"format": "autoneural-claims", "version": 99}');
  const listed = v.parse(
    listRunsOutcomeSchema,
    await connection.sendRequest(runFileMethods.list, { folders: [dir] }),
  );
  expect(listed).toMatchObject({
    ok: true,
    runs: [],
    claims: [{ file, names: ['autoneural-nano', 'vit-nano'], status: 'complete' }],
    broken: [{ file: join(dir, 'b.json'), reason: expect.stringMatching(/version 99/) }],
  });
  expect(existsSync(file)).toBe(true);
}, 120_000);
