import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { RuntimeClient, type RuntimeState } from '../../src/extension/runtime/client';
import { extension, until } from './studio';

let folder: string;
let log: vscode.LogOutputChannel;
let client: RuntimeClient;
let states: RuntimeState['state'][];

/** A client of its own, so that the tests may do harm; without a script, of the product's runtime. */
function connect(script?: string, silenceLimitMs?: number): void {
  let module = path.join(extension().extensionPath, 'dist', 'runtime.js');
  if (script !== undefined) {
    module = path.join(folder, 'runtime.js');
    writeFileSync(module, script);
  }
  client = new RuntimeClient({ module, cacheDir: folder, log, ...(silenceLimitMs && { silenceLimitMs }) });
  states = [];
  client.onDidChangeState(({ state }) => states.push(state));
}

/** Reads a bundle that does not exist: an answer of the runtime that needs no model. */
async function ask(): Promise<string> {
  const outcome = await client.model(path.join(folder, 'no-bundle'));
  assert.ok(!outcome.ok);
  return `${outcome.failure.kind}: ${outcome.failure.message}`;
}

const answered = /^bundle-missing: /;
const stopped = () => until('the end', () => client.state.state === 'stopped');

function signalRuntime(signal: NodeJS.Signals): number {
  const { pid } = client.state;
  assert.ok(pid !== undefined);
  process.kill(pid, signal);
  return pid;
}

describe('the runtime client', () => {
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'an-'));
    log = vscode.window.createOutputChannel('AutoNeural test', { log: true });
  });
  after(() => {
    log.dispose();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => client.dispose());

  it('starts the process with the first request and keeps it', async () => {
    connect();
    assert.deepEqual(states, []);
    assert.match(await ask(), answered);
    const { pid } = client.state;
    assert.match(await ask(), answered);
    assert.equal(client.state.pid, pid);
    assert.deepEqual(states, ['starting', 'ready']);
  });

  it('says why the runtime ended, and starts it again with the next request, not by itself', async () => {
    connect();
    await ask();
    signalRuntime('SIGKILL');
    await stopped();
    assert.match(client.state.message ?? '', /ended by signal SIGKILL/);
    assert.match(await ask(), answered);
    assert.deepEqual(states, ['starting', 'ready', 'stopped', 'starting', 'ready']);
  });

  it('answers a request that the runtime died under', async () => {
    connect();
    await ask();
    const pid = signalRuntime('SIGSTOP');
    const waiting = ask();
    process.kill(pid, 'SIGKILL');
    assert.match(await waiting, /^host-died: The AutoNeural runtime stopped \(ended by signal SIGKILL\)/);
  });

  it('ends one that does not listen, and answers what it was asked', async () => {
    connect(undefined, 2000);
    await ask();
    const pid = signalRuntime('SIGSTOP');
    assert.match(
      await ask(),
      /^host-died: The AutoNeural runtime stopped \(it did not listen for 2 seconds\)/,
    );
    assert.match(await ask(), answered);
    assert.notEqual(client.state.pid, pid);
  });

  it('replaces a runtime that does not listen, when a person asks for it', async () => {
    connect();
    await ask();
    const pid = signalRuntime('SIGSTOP');
    const waiting = ask();
    await client.restart();
    assert.match(await waiting, /^host-died: /);
    assert.match(await ask(), answered);
    assert.notEqual(client.state.pid, pid);
  });

  it('stops starting one that keeps dying, until a person asks for it', async () => {
    connect();
    for (let death = 0; death < 4; death++) {
      assert.match(await ask(), answered);
      signalRuntime('SIGKILL');
      await stopped();
    }
    assert.match(await ask(), /ended 4 times within 3 minutes .* press Restart/);
    await client.restart();
    assert.match(await ask(), answered);
  });

  it('starts a fresh one after a setting has changed', async () => {
    connect();
    await ask();
    const { pid } = client.state;
    const settings = vscode.workspace.getConfiguration('autoneural');
    await settings.update('threads', 1, vscode.ConfigurationTarget.Global);
    try {
      assert.match(await ask(), answered);
      assert.notEqual(client.state.pid, pid);
    } finally {
      await settings.update('threads', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('says so when the runtime cannot be started', async () => {
    connect('process.exit(3)');
    assert.match(await ask(), /^host-died: The AutoNeural runtime could not be started: exit code 3/);
    assert.equal(client.state.state, 'stopped');
  });

  it('passes on why the runtime refuses to be initialized', async () => {
    connect(`
      process.on('message', ({ id }) => {
        process.send({ jsonrpc: '2.0', id, error: { code: -32803, message: 'Reload the window.' } });
      });
    `);
    assert.match(await ask(), /could not be started: Reload the window\.$/);
  });

  it('ends the process when it is disposed, and answers even then', async () => {
    connect();
    await ask();
    const { pid } = client.state;
    await client.dispose();
    assert.ok(pid !== undefined);
    await until('the end of the process', () => !isAlive(pid));
    assert.match(await ask(), /is being closed/);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
