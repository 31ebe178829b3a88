import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import {
  type ProfileEvent,
  type ProfileOutcome,
  profileEventSchema,
  profileMethods,
  profileOutcomeSchema,
  type TargetFactsOutcome,
  targetFactsOutcomeSchema,
} from '../../../src/protocol/profile';
import { bundle } from './fixtures/bundles';
import { startRuntime, type TestRuntime } from './fixtures/runtimeProcess';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const settings = {
  imagePath: join(repository, 'samples', 'level-b6.png'),
  question: 'What does the sign say?',
  contexts: [100],
  repetitions: 1,
  warmUps: 0,
  tokens: 16,
  sustainSeconds: 0,
  operators: true,
};

let bundles: Awaited<ReturnType<typeof bundle>>;
let runtime: TestRuntime;
let cacheDir: string;
let asked = 0;

beforeAll(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'autoneural-graphs-'));
  bundles = await bundle({ runtime: true, host: 'real' });
  runtime = startRuntime(bundles.runtime, cacheDir);
  await runtime.initialize();
}, 30_000);
afterAll(() => {
  runtime.process.kill('SIGKILL');
  bundles.remove();
  rmSync(cacheDir, { recursive: true });
});

async function profile(
  more: object,
  onEvent: (event: ProfileEvent, cancel: () => void) => void,
  bundleDir = join(repository, 'models', 'autoneural-nano'),
): Promise<ProfileOutcome> {
  const progressToken = `profile-${++asked}`;
  const stop = new CancellationTokenSource();
  const listener = runtime.connection.onProgress(new ProgressType<ProfileEvent>(), progressToken, event =>
    onEvent(event, () => stop.cancel()),
  );
  const params = {
    progressToken,
    choice: { bundleDir, precision: 'fp32', target: 'local-cpu' },
    settings: { ...settings, ...more },
  };
  try {
    return v.parse(
      profileOutcomeSchema,
      await runtime.connection.sendRequest(profileMethods.profile, params, stop.token),
    );
  } finally {
    listener.dispose();
  }
}

const linux = process.platform === 'linux';

/** Ends every process that the runtime has forked. */
function killHost(): void {
  const { pid } = runtime.process;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  for (const child of children) process.kill(Number(child), 'SIGKILL');
}

it('profiles in a host of its own and tells every token', async () => {
  const events: ProfileEvent[] = [];
  const outcome = await profile({}, event => events.push(v.parse(profileEventSchema, event)));
  if (!outcome.ok) throw new Error(outcome.failure.message);
  const { record } = outcome;
  expect(record).toMatchObject({
    status: 'complete',
    provenance: { program: expect.stringMatching(/^autoneural-studio /) },
  });
  expect(record.repetitions.map(({ phase, context }) => [phase, context])).toEqual([
    ['cold', null],
    ['measured', null],
    ['measured', 100],
  ]);
  const tokens = events.flatMap(event => (event.type === 'tokens' ? event.atMs : []));
  expect(tokens).toHaveLength(3 * 16);
  expect(record.operatorPass?.operators.length).toBeGreaterThan(100);
}, 60_000);

it('answers a cancelled profile with what was measured', async () => {
  const outcome = await profile({ sustainSeconds: 60, operators: false }, (event, cancel) => {
    if (event.type === 'prompt' && event.phase === 'sustained') cancel();
  });
  expect(outcome).toMatchObject({ ok: true, record: { status: 'cancelled' } });
  if (outcome.ok) expect(outcome.record.repetitions.length).toBeGreaterThanOrEqual(3);
}, 60_000);

it.runIf(linux)(
  'keeps what a host had told before it died, and says how it ended',
  async () => {
    const outcome = await profile({ sustainSeconds: 60, operators: false }, event => {
      if (event.type === 'prompt' && event.phase === 'sustained') killHost();
    });
    if (!outcome.ok) throw new Error(outcome.failure.message);
    const { record } = outcome;
    expect(record).toMatchObject({
      status: 'failed',
      statusReason:
        'The model host of the profile was ended by signal SIGKILL; profile again to start a new one.',
      provenance: { model: { name: 'autoneural-nano' }, target: { id: 'local-cpu' } },
      loads: [{ kind: 'cold' }, { kind: 'warm' }],
      peakRssBytes: null,
    });
    const phases = record.repetitions.map(({ phase }) => phase);
    expect(phases.slice(0, 3)).toEqual(['cold', 'measured', 'measured']);
    expect(record.summaries.find(({ metric }) => metric === 'decodeTokensPerSecond')).toMatchObject({ n: 1 });
    expect(record.unmeasured.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['operatorPass', 'peakRssBytes']),
    );
  },
  60_000,
);

it.runIf(linux)(
  'has nothing to keep of a host that died before its first prompt was over',
  async () => {
    const outcome = await profile({ tokens: 900 }, event => {
      if (event.type === 'begun') killHost();
    });
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'host-died' } });
  },
  60_000,
);

it('says what keeps it from measuring', async () => {
  expect(await profile({}, () => {}, '/nowhere')).toMatchObject({
    ok: false,
    failure: { kind: 'bundle-missing' },
  });
  expect(await profile({ tokens: 1 }, () => {})).toMatchObject({ ok: false, failure: { kind: 'usage' } });
});

it('asks targets for their facts', async () => {
  const outcome: TargetFactsOutcome = v.parse(
    targetFactsOutcomeSchema,
    await runtime.connection.sendRequest(profileMethods.targetFacts, {}),
  );
  if (!outcome.ok) throw new Error(outcome.failure.message);
  expect(outcome.targets[0]).toMatchObject({ id: 'local-cpu', available: true, provider: 'cpu' });
  expect(outcome.diagnostics).toMatch(/^autoneural-studio .+\nsystem: /);
});
