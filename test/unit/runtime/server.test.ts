import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import type { PromptEvent } from '../../../src/protocol/prompt';
import { methods } from '../../../src/protocol/runtime';
import { bundle } from './fixtures/bundles';
import { isAlive, until } from './fixtures/processes';
import { startRuntime, type TestRuntime } from './fixtures/runtimeProcess';

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
afterEach(async () => {
  runtime.process.kill('SIGKILL');
  await until(() => everyPid().every(pid => !isAlive(pid)));
});

const hostPids = () => [...new Set(runtime.states.flatMap(({ pid }) => (pid === null ? [] : [pid])))];
const everyPid = () => [...hostPids(), ...(runtime.process.pid === undefined ? [] : [runtime.process.pid])];

describe('initialize', () => {
  it('refuses a client of another protocol version in one sentence', async () => {
    const other = startRuntime(bundles.runtime, bundles.dir);
    await expect(other.initialize({ protocolVersion: 0 })).rejects.toThrow(
      /version 0 of the protocol and the runtime version 1; reload the window/,
    );
    other.process.kill();
  });

  it.each([{ memoryLimitMiB: 'much' }, { threads: -1 }, { cacheDir: null }])(
    'refuses the options %j',
    async wrong => {
      const other = startRuntime(bundles.runtime, bundles.dir);
      await expect(other.initialize(wrong)).rejects.toThrow(/wrong options/);
      other.process.kill();
    },
  );
});

describe('requests', () => {
  it('streams the events under the token, before the outcome', async () => {
    const events: PromptEvent[] = [];
    const outcome = await runtime.ask('tokens 4', { onEvent: event => events.push(event) });
    expect(outcome).toMatchObject({ ok: true, result: { answer: '4' } });
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['loading', 'loading', 'token']);
    expect(events.at(-1)).toMatchObject({ type: 'token', index: 3 });
    expect(runtime.states.map(({ state }) => state)).toEqual(['loading', 'busy', 'ready']);
    expect(runtime.states[0]).toMatchObject({ bundleDir: '/bundle', precision: 'fp32', target: 'local-cpu' });
  });

  it('cancels through the protocol', async () => {
    const source = new CancellationTokenSource();
    const token = 'to-cancel';
    runtime.connection.onProgress(new ProgressType<PromptEvent[]>(), token, events => {
      if (events.some(({ type }) => type === 'token')) source.cancel();
    });
    const outcome = await runtime.connection.sendRequest(
      methods.prompt,
      {
        progressToken: token,
        choice: { bundleDir: '/bundle', precision: 'fp32', target: 'local-cpu' },
        input: { imagePath: '/picture.png', turns: [], question: 'tokens 1000' },
      },
      source.token,
    );
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
  });

  it('that are malformed are answered with a failure', async () => {
    for (const params of [{}, null, { progressToken: 1, choice: {}, input: [] }]) {
      expect(await runtime.connection.sendRequest(methods.prompt, params)).toMatchObject({
        ok: false,
        failure: { kind: 'usage' },
      });
    }
    expect(await runtime.connection.sendRequest(methods.model, { bundleDir: 1 })).toMatchObject({
      failure: { kind: 'usage' },
    });
  });

  it('tell the targets, and why a bundle cannot be read', async () => {
    expect(await runtime.connection.sendRequest(methods.targets, {})).toMatchObject({ ok: true });
    expect(
      await runtime.connection.sendRequest(methods.model, { bundleDir: '/no/such/bundle' }),
    ).toMatchObject({ ok: false, failure: { kind: 'bundle-missing' } });
  });

  it('survive the death of a host, whose restarts are bounded until asked for', async () => {
    for (let death = 0; death < 4; death++) {
      expect(await runtime.ask('abort')).toMatchObject({ ok: false, failure: { kind: 'host-died' } });
    }
    const outcome = await runtime.ask('echo');
    expect(outcome.ok ? '' : outcome.failure.message).toContain('press Restart');
    await runtime.connection.sendRequest(methods.restartHosts, {});
    expect(await runtime.ask('echo again')).toMatchObject({ ok: true, result: { answer: 'again' } });
  });
});

describe('no host outlives its runtime', () => {
  async function busyHost(question: string): Promise<number> {
    let begun = false;
    void runtime
      .ask(question, { onEvent: ({ type }) => (begun ||= type === 'token') })
      .catch(() => undefined);
    await until(() => begun);
    await delay(100);
    return hostPids()[0] ?? Number.NaN;
  }

  it.each([
    ['SIGKILL', 'block 60000'],
    ['SIGKILL', 'tokens 9999'],
    ['SIGTERM', 'block 60000'],
  ] as const)('that got %s while a host was in "%s"', async (signal, question) => {
    const pid = await busyHost(question);
    expect(isAlive(pid)).toBe(true);
    runtime.process.kill(signal);
    await until(() => !isAlive(pid), 5000);
  });

  it('that lost its editor', async () => {
    const pid = await busyHost('block 60000');
    runtime.process.disconnect();
    await until(() => everyPid().every(each => !isAlive(each)), 5000);
    expect(isAlive(pid)).toBe(false);
  });

  it('whose editor is gone although the connection is still open', async () => {
    const editor = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const other = startRuntime(bundles.runtime, bundles.dir, 'stdio');
    await other.initialize({}, editor.pid);
    editor.kill('SIGKILL');
    await once(other.process, 'exit');
  });

  it('that was shut down', async () => {
    const pid = await busyHost('block 60000');
    await runtime.connection.sendRequest('shutdown');
    await runtime.connection.sendNotification('exit');
    const [code] = await once(runtime.process, 'exit');
    expect(code).toBe(0);
    await until(() => !isAlive(pid), 5000);
  });

  it('that lost its standard input', async () => {
    runtime.process.kill();
    runtime = startRuntime(bundles.runtime, bundles.dir, 'stdio');
    await runtime.initialize();
    const pid = await busyHost('block 60000');
    runtime.process.stdin?.end();
    await until(() => everyPid().every(each => !isAlive(each)), 5000);
    expect(isAlive(pid)).toBe(false);
  });
});
