import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PromptEvent, PromptOutcome } from '../../../src/protocol/prompt';
import { methods } from '../../../src/protocol/runtime';
import { bundle } from './fixtures/bundles';
import { isAlive, until } from './fixtures/processes';
import { startRuntime, type TestRuntime } from './fixtures/runtimeProcess';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const bundleDir = join(repository, 'models', 'autoneural-nano');
const imagePath = join(repository, 'samples', 'level-b6.png');
const question = 'Where is the red car?';

let bundles: Awaited<ReturnType<typeof bundle>>;
let runtime: TestRuntime;
let cacheDir: string;

beforeAll(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), 'autoneural-graphs-'));
  bundles = await bundle({ runtime: true, host: 'real' });
  runtime = startRuntime(bundles.runtime, cacheDir);
  await runtime.initialize();
});
afterAll(async () => {
  runtime.process.kill('SIGKILL');
  await until(() => hostPids().every(pid => !isAlive(pid)));
  bundles.remove();
  rmSync(cacheDir, { recursive: true });
});

const hostPids = () => [...new Set(runtime.states.flatMap(({ pid }) => (pid === null ? [] : [pid])))];

function ask(picture: string, onEvent?: (event: PromptEvent) => void): Promise<PromptOutcome> {
  return runtime.ask(question, { bundleDir, input: { imagePath: picture }, ...(onEvent && { onEvent }) });
}

/** A picture that takes long enough to decode for its host to be killed meanwhile. */
async function largePicture(): Promise<string> {
  const path = join(cacheDir, 'large.png');
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  await sharp({ create: { width: 4000, height: 4000, channels: 3, background: 'grey', noise } })
    .png({ compressionLevel: 1 })
    .toFile(path);
  return path;
}

it('describes the shipped model without a host, and the targets', async () => {
  expect(await runtime.connection.sendRequest(methods.model, { bundleDir })).toMatchObject({
    ok: true,
    model: { name: 'autoneural-nano', precisions: ['fp32', 'w8a16-w4a16', 'cpu-q4'] },
  });
  expect(runtime.states).toEqual([]);
  expect(await runtime.connection.sendRequest(methods.targets, {})).toMatchObject({
    ok: true,
    targets: [{ id: 'local-cpu', available: true }],
  });
});

it('streams the answer of the shipped model, and answers again after its host was killed in mid-answer', async () => {
  const events: PromptEvent[] = [];
  const first = await ask(imagePath, event => events.push(event));
  if (!first.ok) throw new Error(first.failure.message);
  const streamed = events.flatMap(event => (event.type === 'token' ? [event.text] : []));
  expect(streamed.length).toBeGreaterThan(0);
  expect(first.result.answer).toContain(streamed[0]?.trim());
  expect(events.map(({ type }) => type)).toContain('stage');

  const [victim] = hostPids();
  if (victim === undefined) throw new Error('no host was reported');
  const large = await largePicture();
  runtime.onState = ({ state }) => state === 'busy' && process.kill(victim, 'SIGKILL');
  const killed = await ask(large);
  runtime.onState = () => undefined;
  expect(killed).toEqual({
    ok: false,
    failure: {
      kind: 'host-died',
      message: 'The model host was ended by signal SIGKILL; ask again to start a new one.',
    },
  });

  const next = await ask(imagePath);
  if (!next.ok) throw new Error(next.failure.message);
  expect(next.result.answer).toBe(first.result.answer);
  expect(next.result.tokenIds).toEqual(first.result.tokenIds);
  expect(hostPids()).toHaveLength(2);
  expect(isAlive(victim)).toBe(false);
});
