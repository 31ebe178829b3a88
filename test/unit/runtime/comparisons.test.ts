import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import {
  type CompareEvent,
  type CompareOutcome,
  compareMethod,
  compareOutcomeSchema,
} from '../../../src/protocol/compare';
import { Comparisons } from '../../../src/runtime/comparisons';
import { defaultLimits } from '../../../src/runtime/hostLimits';
import { bundle } from './fixtures/bundles';
import { until } from './fixtures/processes';
import { startRuntime, type TestRuntime } from './fixtures/runtimeProcess';

const a = { bundleDir: '/a', precision: 'fp32', target: 'local-cpu' } as const;
const b = { ...a, bundleDir: '/b' };
let bundles: Awaited<ReturnType<typeof bundle>>;
let comparisons: Comparisons;

beforeAll(async () => {
  bundles = await bundle({ runtime: true, host: 'misbehaving' });
});
afterAll(() => bundles.remove());
afterEach(() => comparisons?.dispose());

function options(limits: Partial<typeof defaultLimits> & { memoryLimitMiB?: number } = {}) {
  return {
    script: bundles.host,
    limits: { ...defaultLimits, memoryLimitMiB: 2048, ...limits },
    log: () => undefined,
    cacheDir: bundles.dir,
    threads: 1,
  };
}

function compare(
  question: string,
  { onEvent = () => undefined, signal = new AbortController().signal, builds = { a, b } } = {} as {
    onEvent?: (event: CompareEvent) => void;
    signal?: AbortSignal;
    builds?: { a: typeof a; b: typeof b };
  },
): Promise<CompareOutcome> {
  const input = { imagePath: '/picture.png', turns: [], question };
  return comparisons.compare({ ...builds, input }, onEvent, signal);
}

describe('a comparison in its own host', () => {
  beforeEach(() => {
    comparisons = new Comparisons(options());
  });

  it('opens both builds, one after the other, and tells what each says', async () => {
    const events: CompareEvent[] = [];
    const outcome = await compare('tokens 2', { onEvent: event => void events.push(event) });
    expect(outcome).toMatchObject({
      ok: true,
      result: { a: { answer: '2' }, b: { answer: '2' }, firstDifference: null, steps: [{ klNats: 0 }] },
    });
    expect(events.map(({ side }) => side)).toEqual([...events.map(({ side }) => side)].sort());
    expect(events.filter(({ type }) => type === 'answer')).toHaveLength(4);
  });

  it('ends with its host: the next one has another process', async () => {
    const pids = [await compare('pid'), await compare('pid')].map(outcome =>
      outcome.ok ? outcome.result.a.answer : '',
    );
    expect(pids[0]).toMatch(/^\d+$/);
    expect(pids[0]).not.toBe(pids[1]);
  });

  it('takes turns, and one that waits can be given up at once', async () => {
    const abort = new AbortController();
    const events: CompareEvent[] = [];
    const first = compare('tokens 30');
    const second = compare('pid', { onEvent: event => void events.push(event), signal: abort.signal });
    expect(events).toEqual([{ type: 'status', side: 'a', message: 'Waiting for another comparison' }]);
    abort.abort();
    expect(await second).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    expect(await first).toMatchObject({ ok: true });
  });

  it('that is stopped ends between two tokens, and where it cannot, with its host', async () => {
    for (const question of ['tokens 4000', 'never']) {
      const abort = new AbortController();
      const stopped = compare(question, {
        onEvent: event => {
          if (event.type === 'answer' || event.message === 'Answering') abort.abort();
        },
        signal: abort.signal,
      });
      expect(await stopped).toEqual({
        ok: false,
        failure: { kind: 'cancelled', message: 'The comparison was stopped.' },
      });
    }
  });

  it.each([
    [
      'kill SIGKILL',
      'host-died',
      'The model host of the comparison was ended by signal SIGKILL; compare again',
    ],
    ['abort', 'host-died', 'compare again to start a new one'],
    ['throwLater', 'host-died', 'a callback threw'],
    ['refuse This is no picture.', 'not-an-image', 'This is no picture.'],
  ])('that fails (%s) says so in one sentence', async (question, kind, words) => {
    const outcome = await compare(question);
    expect(outcome).toMatchObject({ ok: false, failure: { kind, message: expect.stringContaining(words) } });
    expect(await compare('echo there')).toMatchObject({ ok: true });
  });

  it('says which build cannot be opened', async () => {
    const builds = { a, b: { ...b, bundleDir: '/missing' } } as never;
    expect(await compare('echo there', { builds })).toMatchObject({
      ok: false,
      failure: { kind: 'bundle-missing' },
    });
  });

  it('is refused once all is over', async () => {
    const running = compare('never');
    comparisons.dispose();
    expect(await running).toMatchObject({ ok: false, failure: { kind: 'host-died' } });
    expect(await compare('pid')).toMatchObject({ ok: false, failure: { kind: 'host-died' } });
  });
});

it('a comparison that takes too much memory is ended with the reason', async () => {
  comparisons = new Comparisons(options({ memoryLimitMiB: 300 }));
  expect(await compare('grow 2000')).toMatchObject({
    ok: false,
    failure: { kind: 'host-out-of-memory', message: expect.stringContaining('compare smaller models') },
  });
});

describe('over the wire', () => {
  let runtime: TestRuntime;
  beforeEach(async () => {
    runtime = startRuntime(bundles.runtime, bundles.dir);
    await runtime.initialize();
  });
  afterEach(() => void runtime.process.kill('SIGKILL'));

  const params = (question: string) => ({
    progressToken: question,
    a,
    b,
    input: { imagePath: '/picture.png', turns: [], question },
  });

  it('streams under its token, is cancelled by its request, and holds up no prompt', async () => {
    const events: CompareEvent[] = [];
    const source = new CancellationTokenSource();
    runtime.connection.onProgress(
      new ProgressType<CompareEvent>(),
      'tokens 4000',
      event => void events.push(event),
    );
    const running = runtime.connection.sendRequest<CompareOutcome>(
      compareMethod,
      params('tokens 4000'),
      source.token,
    );
    await until(() => events.some(({ type }) => type === 'answer'));
    expect(await runtime.ask('echo there')).toMatchObject({ ok: true, result: { answer: 'there' } });
    source.cancel();
    expect(await running).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
  });

  it('answers whatever comes with an outcome, and malformed parameters with a sentence', async () => {
    const wrong = fc
      .anything({ withNullPrototype: false })
      .map(value => JSON.parse(JSON.stringify({ value })));
    const part = fc.constantFrom('a', 'b', 'input', 'progressToken');
    await fc.assert(
      fc.asyncProperty(part, wrong, async (name, { value }) => {
        const sent = { ...params('echo there'), [name]: value };
        // A string or number is a token like any other.
        if (name === 'progressToken' && ['string', 'number'].includes(typeof value)) return;
        const outcome = v.parse(
          compareOutcomeSchema,
          await runtime.connection.sendRequest(compareMethod, sent),
        );
        expect(outcome).toMatchObject({ ok: false, failure: { kind: 'usage' } });
      }),
      { numRuns: 60 },
    );
  });
});
