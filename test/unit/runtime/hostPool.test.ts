import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PromptEvent, PromptOutcome } from '../../../src/protocol/prompt';
import type { HostState } from '../../../src/protocol/runtime';
import { defaultLimits, type HostLimits } from '../../../src/runtime/hostLimits';
import { HostPool } from '../../../src/runtime/hostPool';
import { bundle } from './fixtures/bundles';
import { isAlive, until } from './fixtures/processes';

let host: Awaited<ReturnType<typeof bundle>>;
let pool: HostPool;
let states: HostState[];
let log: string[];

beforeAll(async () => {
  host = await bundle({ runtime: false, host: 'misbehaving' });
});
afterAll(() => host.remove());

beforeEach(() => {
  pool = poolWith({});
});
afterEach(async () => {
  pool.dispose();
  await until(() => pids().every(pid => !isAlive(pid)));
});

function poolWith(limits: Partial<HostLimits>, maxHosts = 2): HostPool {
  states = [];
  log = [];
  return new HostPool({
    script: host.host,
    maxHosts,
    limits: { ...defaultLimits, memoryLimitMiB: 1024, ...limits },
    cacheDir: '/nowhere',
    threads: 0,
    log: text => log.push(text),
    onState: state => states.push(state),
  });
}

function ask(
  question: string,
  {
    bundleDir = '/bundle',
    signal = new AbortController().signal,
    onEvent = () => undefined,
  }: { bundleDir?: string; signal?: AbortSignal; onEvent?: (event: PromptEvent) => void } = {},
): Promise<PromptOutcome> {
  const choice = { bundleDir, precision: 'fp32' as const, target: 'misbehaving' };
  return pool.prompt(
    choice,
    { imagePath: '/picture.png', turns: [], question },
    events => events.forEach(onEvent),
    signal,
  );
}

async function answerTo(question: string, bundleDir?: string): Promise<string> {
  const outcome = await ask(question, bundleDir === undefined ? {} : { bundleDir });
  return outcome.ok ? outcome.result.answer : `${outcome.failure.kind}: ${outcome.failure.message}`;
}

const pidOf = async (bundleDir?: string) => Number(await answerTo('pid', bundleDir));
const pids = () => [...new Set(states.flatMap(({ pid }) => (pid === null ? [] : [pid])))];

describe('a host that answers', () => {
  it('loads once, streams events in order and answers queued prompts in their order', async () => {
    const events: PromptEvent[] = [];
    const finished: string[] = [];
    await Promise.all([
      ask('tokens 5', { onEvent: event => events.push(event) }).then(() => finished.push('first')),
      ask('echo 2').then(() => finished.push('second')),
      ask('echo 3').then(() => finished.push('third')),
    ]);
    expect(finished).toEqual(['first', 'second', 'third']);
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['loading', 'loading']);
    const indices = events.slice(2).map(event => (event.type === 'token' ? event.index : null));
    // Those that share a frame with a later one are left out.
    expect([0, 1, 2, 3, 4]).toEqual(expect.arrayContaining(indices));
    expect([indices[0], indices.at(-1)]).toEqual([0, 4]);
    expect(states.map(({ state }) => state)).toEqual(['loading', ...Array(3).fill(['busy', 'ready']).flat()]);
    expect(pids()).toHaveLength(1);
  });

  it('keeps a refusal of the target as it is, and the host with it', async () => {
    const pid = await pidOf();
    expect(await answerTo('refuse That is a song.')).toBe('not-an-image: That is a song.');
    expect(await pidOf()).toBe(pid);
  });

  it('does not stay when its model could not be loaded', async () => {
    expect(await answerTo('echo', '/missing')).toBe('bundle-missing: There is no such bundle.');
    await until(() => pids().every(pid => !isAlive(pid)));
  });

  it('gets no more of the environment than it needs', async () => {
    process.env['SECRET_TOKEN'] = 'secret';
    const { env, execArgv } = JSON.parse(await answerTo('environment'));
    delete process.env['SECRET_TOKEN'];
    expect(env.ORT_DISABLE_TELEMETRY).toBe('1');
    expect(env.PATH).toBe(process.env['PATH']);
    expect(env.SECRET_TOKEN).toBeUndefined();
    expect(execArgv).toEqual(['--max-old-space-size=1024']);
  });

  it('reports the targets from a process that does not stay', async () => {
    const outcome = await pool.targets();
    expect(outcome).toEqual({
      ok: true,
      targets: [{ id: 'misbehaving', label: 'Misbehaving', available: true }],
    });
    expect(await pool.targets()).toBe(outcome);
  });

  it('writes what a host prints to the log, up to a bound', async () => {
    await answerTo('print 5000');
    const written = log.join('').length;
    expect(written).toBeGreaterThan(60_000);
    expect(written).toBeLessThan(70_000);
    expect(log.at(-1)).toMatch(/the rest is left out/);
  });
});

describe('warming up', () => {
  const choice = (bundleDir: string) => ({ bundleDir, precision: 'fp32' as const, target: 'misbehaving' });

  it('has the host load before the first prompt, once', async () => {
    await Promise.all([pool.warm(choice('/bundle')), pool.warm(choice('/bundle'))]);
    expect(states.map(({ state }) => state)).toEqual(['loading', 'ready']);
    const warmed = pids();
    expect([await pidOf()]).toEqual(warmed);
    await pool.warm(choice('/bundle'));
    expect(pids()).toEqual(warmed);
  });

  it('leaves it to the prompt to say that the model cannot be loaded', async () => {
    await pool.warm(choice('/crashing'));
    expect(states.at(-1)?.state).toBe('died');
    expect(await answerTo('echo 1', '/crashing')).toMatch(/^host-died: /);
  });
});

describe('a host that dies', () => {
  it.each([
    ['exit 7', 'stopped with exit code 7'],
    ['exit 0', 'stopped with exit code 0'],
    ['abort', 'was ended by signal SIGABRT'],
    ['kill SIGKILL', 'was ended by signal SIGKILL'],
    ['kill SIGSEGV', 'was ended by signal SIGSEGV'],
    ['throwLater', 'a callback threw'],
  ])(
    '%s: the running answer fails with the reason, the waiting ones are answered by a fresh host',
    async (how, why) => {
      const before = await pidOf();
      const [died, waiting, after] = await Promise.all([answerTo(how), answerTo('echo still here'), pidOf()]);
      expect(died).toMatch(/^host-died: /);
      expect(died).toContain(why);
      expect(waiting).toBe('still here');
      expect(after).not.toBe(before);
      expect(states.filter(({ state }) => state === 'died').map(({ pid }) => pid)).toEqual([before]);
    },
  );

  it('while it loads: the prompt fails with the reason', async () => {
    expect(await answerTo('echo', '/crashing')).toContain('SIGABRT');
  });

  it('while it is idle: the next prompt finds a fresh host', async () => {
    const before = await pidOf();
    process.kill(before, 'SIGKILL');
    await until(() => states.at(-1)?.state === 'died');
    expect(await pidOf()).not.toBe(before);
  });

  it('leaves the hosts of other models alone', async () => {
    const other = await pidOf('/other');
    const slow = answerTo('tokens 30', '/other');
    expect(await answerTo('abort')).toContain('SIGABRT');
    expect(await slow).toBe('30');
    expect(await pidOf('/other')).toBe(other);
  });

  it('too often is not started again until somebody asks for it', async () => {
    for (let death = 0; death < 4; death++) expect(await answerTo('exit 1')).toContain('exit code 1');
    const started = pids().length;
    expect(await answerTo('echo')).toMatch(/ended 4 times within 3 minutes .* press Restart/);
    expect(await answerTo('echo elsewhere', '/other')).toBe('elsewhere');
    expect(pids()).toHaveLength(started + 1);
    pool.restartHosts();
    expect(await answerTo('echo again')).toBe('again');
  });

  it('cannot be started: the prompt says so', async () => {
    pool = new HostPool({
      script: '/no/such/host.js',
      maxHosts: 1,
      limits: { ...defaultLimits, memoryLimitMiB: 1024 },
      cacheDir: '/nowhere',
      threads: 0,
      log: text => log.push(text),
      onState: state => states.push(state),
    });
    expect(await answerTo('echo')).toContain('exit code 1');
    expect(log.join('\n')).toContain('Cannot find module');
  });
});

describe('a host that hangs', () => {
  it('is left alone while a graph run blocks its main thread', async () => {
    pool = poolWith({ tickMs: 100, missedBeats: 30 });
    expect(await answerTo('block 4000')).toBe('4000');
  });

  it('is ended when it gives no sign of life', async () => {
    pool = poolWith({ tickMs: 100, missedBeats: 20 });
    expect(await answerTo('freeze')).toBe(
      'host-died: The model host gave no sign of life for 2 s and was ended; ask again to start a new one.',
    );
    expect(await answerTo('echo back')).toBe('back');
  });

  it('is ended when it beats but makes no progress', async () => {
    pool = poolWith({ tickMs: 50, stalledTicks: 20 });
    expect(await answerTo('tokens 100')).toBe('100');
    expect(await answerTo('never')).toMatch(/made no progress for 1 s/);
  });
});

describe('memory', () => {
  it('above the limit ends the host, and the sentence has the numbers', async () => {
    pool = poolWith({ memoryLimitMiB: 300 });
    const failure = await answerTo('grow 4096');
    expect(failure).toMatch(/^host-out-of-memory: The model host used \d[\d,]* MiB .* limit of 300 MiB/);
    expect(await answerTo('echo smaller')).toBe('smaller');
  });
});

describe('cancelling', () => {
  async function cancelDuring(question: string, withEvents: boolean): Promise<PromptOutcome> {
    const controller = new AbortController();
    const outcome = ask(question, {
      signal: controller.signal,
      onEvent: ({ type }) => withEvents && type === 'token' && controller.abort(),
    });
    if (!withEvents) {
      await until(() => states.at(-1)?.state === 'busy');
      controller.abort();
    }
    return outcome;
  }
  const cancelled = { ok: false, failure: { kind: 'cancelled', message: 'The answer was stopped.' } };

  it('between chunks keeps the host', async () => {
    const pid = await pidOf();
    expect(await cancelDuring('tokens 1000', true)).toEqual(cancelled);
    expect(await pidOf()).toBe(pid);
  });

  it.each(['block 60000', 'never', 'freeze'])(
    '%s: ends a host that does not listen, and spends no restart',
    async question => {
      pool = poolWith({ cancelGraceMs: 200 });
      for (let time = 0; time < 5; time++) {
        const before = await pidOf();
        expect(await cancelDuring(question, question.startsWith('block'))).toEqual(cancelled);
        expect(await pidOf()).not.toBe(before);
      }
    },
  );

  it('a prompt that waits does not wait for its turn', async () => {
    const controller = new AbortController();
    const running = answerTo('tokens 50');
    const waiting = ask('echo', { signal: controller.signal });
    controller.abort();
    expect(await Promise.race([waiting, running])).toEqual(cancelled);
    expect(await running).toBe('50');
  });

  it('before it was asked starts nothing', async () => {
    expect(await ask('echo', { signal: AbortSignal.abort() })).toEqual(cancelled);
    expect(states).toEqual([]);
  });
});

describe('room for hosts', () => {
  it('is made by ending the least recently used idle one', async () => {
    const a = await pidOf('/a');
    const b = await pidOf('/b');
    expect(await pidOf('/a')).toBe(a);
    await pidOf('/c');
    await until(() => !isAlive(b));
    expect(isAlive(a)).toBe(true);
    expect(await pidOf('/a')).toBe(a);
  });

  it('is waited for when all are busy, and the bound holds', async () => {
    const alive = () => pids().filter(isAlive).length;
    const slow = [answerTo('tokens 20', '/a'), answerTo('tokens 20', '/b')];
    const waiting = ['/c', '/d', '/e'].map(dir => answerTo('tokens 3', dir));
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, alive());
    }, 5);
    expect(await Promise.all([...slow, ...waiting])).toEqual(['20', '20', '3', '3', '3']);
    clearInterval(watch);
    expect(most).toBe(2);
  });
});

describe('messages that make no sense', () => {
  it('end the host and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async json => {
        pool.restartHosts();
        const answer = await answerTo(`send ${json}`);
        expect(answer).toMatch(/^host-died: The model host sent what the runtime does not understand/);
      }),
      { numRuns: 12 },
    );
    pool.restartHosts();
    expect(await answerTo('echo sense')).toBe('sense');
  });

  it('on the heartbeat pipe do the same', async () => {
    for (const line of ['garbage\n', '{"type":"heartbeat"}\n', 'x'.repeat(2000)]) {
      expect(await answerTo(`beat ${line}`)).toMatch(/does not understand/);
    }
    expect(await answerTo('beat {"type":"heartbeat","rssMiB":1}\n')).toBe('beaten');
  });

  it('for a request that is over are passed over', async () => {
    expect(await answerTo('send {"type":"loaded","id":1}')).toBe('sent');
    expect(
      await answerTo('send {"type":"failure","id":99,"failure":{"kind":"internal","message":"late"}}'),
    ).toBe('sent');
  });
});

it('restarting ends idle hosts and no busy one', async () => {
  const idle = await pidOf('/idle');
  const busy = await pidOf('/busy');
  const slow = answerTo('tokens 30', '/busy');
  await until(() => states.at(-1)?.state === 'busy');
  pool.restartHosts();
  await until(() => !isAlive(idle));
  expect(await slow).toBe('30');
  expect(await pidOf('/busy')).toBe(busy);
});

it('disposing answers what runs and what waits, and leaves no process', async () => {
  const answers = [answerTo('never'), answerTo('echo')];
  await until(() => states.at(-1)?.state === 'busy');
  pool.dispose();
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^host-died: .* stopped/);
  await until(() => pids().every(pid => !isAlive(pid)));
});
