import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { ProfilingPanel } from '../../src/extension/profiling/panel';
import type { ProfileForm } from '../../src/protocol/profilingView';
import { type RunRecord, runRecordSchema } from '../../src/protocol/runRecord';
import {
  activated,
  bundleDir,
  closePanels,
  extension,
  runFiles,
  runJson,
  runsFolder,
  sample,
  until,
} from './studio';

/** A run that is over soon. */
const brief: ProfileForm = {
  question: 'What does the sign say?',
  contexts: [],
  repetitions: 2,
  warmUps: 0,
  tokens: 6,
  sustainSeconds: 0,
  operators: false,
};

const recordOf = (file: string): RunRecord => v.parse(runRecordSchema, runJson(file));

/** The panel that the command opens for Nano, with a picture chosen. */
async function opened(): Promise<ProfilingPanel> {
  const { profiles } = await activated();
  await vscode.commands.executeCommand('autoneural.profileModel', bundleDir());
  const [panel] = profiles.all;
  assert.ok(panel);
  const settings = { ...panel.session.content.settings, imagePath: sample('level-b6.png').fsPath };
  panel.session.choose({ settings });
  return panel;
}

/** Measures as the view asks for it. @returns the run that is in front then */
async function profiled(panel: ProfilingPanel, form: ProfileForm = brief): Promise<RunRecord> {
  await panel.perform({ type: 'run', form });
  const [first] = panel.session.runs;
  assert.ok(first, JSON.stringify(panel.session.run));
  return first.record;
}

/** A file among the runs of the workspace, and the list that knows it. */
async function kept(name: string, text: string): Promise<void> {
  mkdirSync(runsFolder(), { recursive: true });
  writeFileSync(path.join(runsFolder(), name), text);
  const { runs } = await activated();
  runs.refresh();
  await runs.load();
}

/** Answers a question of the editor; the real one waits for a person. */
async function answering<Name extends 'showInputBox' | 'showOpenDialog' | 'showWarningMessage'>(
  question: Name,
  answer: unknown,
  work: () => Thenable<unknown>,
): Promise<void> {
  const real = vscode.window[question];
  Object.assign(vscode.window, { [question]: async () => answer });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { [question]: real });
  }
}

describe('a profile', () => {
  beforeEach(() => rmSync(runsFolder(), { recursive: true, force: true }));
  afterEach(async () => {
    const { profiles } = await activated();
    for (const panel of profiles.all) panel.close();
    await until('closing the panels', () => profiles.all.length === 0);
    await closePanels();
    rmSync(runsFolder(), { recursive: true, force: true });
  });

  it('of Nano is opened by its command, measured, and kept as a record', async () => {
    const panel = await opened();
    assert.equal(panel.title, 'Throughput — autoneural-nano');
    const record = await profiled(panel);
    assert.equal(record.status, 'complete');
    assert.equal(record.provenance.kind, 'device');
    assert.deepEqual(runFiles(), [`${record.id}.json`]);
    assert.deepEqual(recordOf(`${record.id}.json`), record);
    const { runs } = await activated();
    await runs.load();
    assert.deepEqual(
      runs.runs.map(({ id, model }) => [id, model]),
      [[record.id, 'autoneural-nano']],
    );
  });

  it('lies over the one before it', async () => {
    const panel = await opened();
    const first = await profiled(panel);
    const second = await profiled(panel);
    assert.deepEqual(
      panel.session.runs.map(({ record }) => record.id),
      [second.id, first.id],
    );
    assert.equal(second.provenance.model.graphSha256, first.provenance.model.graphSha256);
    assert.equal(runFiles().length, 2);
  });

  it('that is cancelled keeps what it measured, and says so', async () => {
    const panel = await opened();
    const running = panel.perform({ type: 'run', form: { ...brief, repetitions: 1000, tokens: 64 } });
    const measured = () => panel.session.events.filter(({ type }) => type === 'repetition').length >= 2;
    await until('two prompts', measured, 60_000);
    await panel.perform({ type: 'cancel' });
    await running;
    assert.deepEqual(panel.session.run, { state: 'cancelled' });
    const [file = ''] = runFiles();
    const record = recordOf(file);
    assert.equal(record.status, 'cancelled');
    assert.match(record.statusReason ?? '', /^The profile was stopped; /);
    assert.ok(record.repetitions.length >= 2 && record.repetitions.length < 1000);
  });

  it('of a picture that is gone fails in a sentence, and keeps nothing', async () => {
    const panel = await opened();
    const settings = { ...panel.session.content.settings, imagePath: sample('gone.png').fsPath };
    panel.session.choose({ settings });
    await panel.perform({ type: 'run', form: brief });
    const { run } = panel.session;
    assert.ok(run.state === 'failed');
    assert.match(run.failure.message, /gone\.png/);
    assert.deepEqual(runFiles(), []);
  });

  it('is refused in Restricted Mode', async () => {
    const panel = await opened();
    const real = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted');
    assert.ok(real);
    Object.defineProperty(vscode.workspace, 'isTrusted', { ...real, get: () => false });
    try {
      await panel.perform({ type: 'run', form: brief });
    } finally {
      Object.defineProperty(vscode.workspace, 'isTrusted', real);
    }
    const { run } = panel.session;
    assert.ok(run.state === 'failed');
    assert.match(
      run.failure.message,
      /^Nothing is measured in Restricted Mode: trust this workspace first\.$/,
    );
    assert.deepEqual(runFiles(), []);
  });
});

describe('the list of runs', () => {
  beforeEach(() => rmSync(runsFolder(), { recursive: true, force: true }));
  afterEach(async () => {
    const { profiles } = await activated();
    for (const panel of profiles.all) panel.close();
    await until('closing the panels', () => profiles.all.length === 0);
    await closePanels();
    rmSync(runsFolder(), { recursive: true, force: true });
  });

  /** A profile that is kept, and its copy under another name with a change. */
  async function pair(change: (record: RunRecord) => void): Promise<void> {
    const panel = await opened();
    const record = structuredClone(await profiled(panel));
    panel.close();
    change(record);
    record.id = `${record.id}-b`;
    await kept(`${record.id}.json`, JSON.stringify(record));
  }

  it('renames a run, lays runs over each other, and deletes them', async () => {
    const { runs, profiles } = await activated();
    await pair(record => {
      record.name = 'another';
    });
    assert.equal(runs.runs.length, 2);
    const other = runs.runs.find(({ name }) => name === 'another');
    await answering('showInputBox', '  the slow one ', () =>
      vscode.commands.executeCommand('autoneural.renameRun', other),
    );
    assert.ok(runs.runs.some(({ name }) => name === 'the slow one'));
    assert.ok(runFiles().some(file => recordOf(file).name === 'the slow one'));
    await vscode.commands.executeCommand('autoneural.compareRuns', runs.runs[0], [...runs.runs]);
    const [panel] = profiles.all;
    const shown = () => panel?.session.runs.map(({ record }) => record.name) ?? [];
    assert.equal(shown().length, 2);
    assert.ok(shown().includes('the slow one'));
    const slow = runs.runs.find(({ name }) => name === 'the slow one');
    await answering('showInputBox', 'the slower one', () =>
      vscode.commands.executeCommand('autoneural.renameRun', slow),
    );
    await until('the new name in the panel', () => shown().includes('the slower one'));
    await answering('showWarningMessage', 'Delete', () =>
      vscode.commands.executeCommand('autoneural.deleteRun', runs.runs[0], [...runs.runs]),
    );
    assert.deepEqual(runFiles(), []);
    await until('the empty list', () => runs.runs.length === 0);
    // What a panel shows is not taken from it.
    assert.equal(panel?.session.runs.length, 2);
  });

  it('lays the run of another model over this one', async () => {
    const { runs, profiles } = await activated();
    await pair(record => {
      record.provenance.model = { ...record.provenance.model, name: 'vit', graphSha256: '0'.repeat(64) };
    });
    await vscode.commands.executeCommand('autoneural.compareRuns', runs.runs[0], [...runs.runs]);
    const names = profiles.all[0]?.session.runs.map(({ record }) => record.provenance.model.name);
    assert.deepEqual(names?.sort(), ['autoneural-nano', 'vit']);
  });

  it('holds later runs against the one that is marked as the baseline', async () => {
    const { runs, profiles } = await activated();
    await pair(record => {
      for (const each of record.summaries) if (each.metric === 'decodeTokensPerSecond') each.median *= 100;
      record.name = 'the fast one';
    });
    const of = (name: string) => runs.runs.find(run => run.name === name);
    const [slow] = runs.runs.filter(({ name }) => name !== 'the fast one');
    await vscode.commands.executeCommand('autoneural.useBaseline', slow);
    await vscode.commands.executeCommand('autoneural.useBaseline', of('the fast one'));
    await vscode.commands.executeCommand('autoneural.openRun', slow);
    const [panel] = profiles.all;
    assert.ok(panel);
    // One run is the baseline of a model on a machine: the second mark took the first away.
    const verdict = await panel.lookAtBaseline();
    assert.match(verdict?.name ?? '', /^the fast one \(\d{4}-\d\d-\d\d \d\d:\d\d\)$/);
    assert.equal(verdict?.regressed, true);
    assert.match(verdict.sentence, /^1 of \d medians is more than 10 % worse than the baseline: decode: /);
    const configuration = vscode.workspace.getConfiguration('autoneural');
    await configuration.update('maxRegressionPercent', 1000, vscode.ConfigurationTarget.Global);
    try {
      const wide = await panel.lookAtBaseline();
      assert.equal(wide?.regressed, false);
      assert.match(
        wide.sentence,
        /^None of \d medians is more than 1000 % worse than the baseline; nearest /,
      );
    } finally {
      await configuration.update('maxRegressionPercent', undefined, vscode.ConfigurationTarget.Global);
    }
    const settings = { ...panel.session.content.settings, imagePath: sample('level-b6.png').fsPath };
    panel.session.choose({ settings });
    const form = { ...brief, question: 'Why?' };
    await profiled(panel, form);
    const other = await panel.lookAtBaseline();
    assert.equal(other?.regressed, null);
    assert.match(other.sentence, /^The baseline is of another question: measure one /);
    await vscode.commands.executeCommand('autoneural.stopBaseline', of('the fast one'));
    assert.equal(await panel.lookAtBaseline(), null);
  });

  it('takes no run as the baseline that says too little to be one', async () => {
    const { runs, profiles } = await activated();
    await pair(record => {
      record.status = 'cancelled';
      record.name = 'cut';
    });
    const cut = runs.runs.find(({ name }) => name === 'cut');
    const whole = runs.runs.find(({ name }) => name !== 'cut');
    await vscode.commands.executeCommand('autoneural.useBaseline', cut);
    await vscode.commands.executeCommand('autoneural.openRun', whole);
    assert.equal(await profiles.all[0]?.lookAtBaseline(), null);
  });

  it('takes over a file of another program, and names one that is none', async () => {
    const { runs, profiles } = await activated();
    const foreign = path.join(extension().extensionPath, 'test/fixtures/foreign-runs/llama-bench.json');
    await answering('showOpenDialog', [vscode.Uri.file(foreign)], () =>
      vscode.commands.executeCommand('autoneural.importRun'),
    );
    await until('the list', () => runs.runs.length === 2);
    const [panel] = profiles.all;
    assert.deepEqual(
      panel?.session.runs.map(({ record }) => [record.provenance.kind, record.figures?.length !== 0]),
      [
        ['imported', true],
        ['imported', true],
      ],
    );
    const none = vscode.Uri.file(path.join(extension().extensionPath, 'package.json'));
    await answering('showOpenDialog', [none], () =>
      vscode.commands.executeCommand('autoneural.importRun').then(undefined, () => undefined),
    );
    assert.equal(runFiles().length, 2);
  });

  it('names a damaged record and a newer one, and shows the others', async () => {
    const { runs } = await activated();
    await pair(() => undefined);
    const [good = ''] = runFiles();
    const text = readFileSync(path.join(runsFolder(), good), 'utf8');
    await kept('cut.json', text.slice(0, text.length / 2));
    await kept('newer.json', text.replace(/"version": ?1/, '"version": 9'));
    assert.equal(runs.runs.length, 2);
    const reasons = new Map(runs.broken.map(({ file, reason }) => [path.basename(file), reason]));
    assert.match(reasons.get('cut.json') ?? '', /^cut\.json is not JSON, or ends in the middle: /);
    assert.match(reasons.get('newer.json') ?? '', /of version 9, and this program reads up to 1: update /);
    await assert.rejects(runs.read(path.join(runsFolder(), 'newer.json')), /update AutoNeural Studio\.$/);
  });

  it('is empty in Restricted Mode, and says why', async () => {
    const { runs } = await activated();
    const real = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted');
    assert.ok(real);
    Object.defineProperty(vscode.workspace, 'isTrusted', { ...real, get: () => false });
    try {
      assert.match(runs.describePlace(bundleDir()), /^Nothing is kept in Restricted Mode\.$/);
      await assert.rejects(runs.read(path.join(runsFolder(), 'a.json')), /Restricted Mode/);
    } finally {
      Object.defineProperty(vscode.workspace, 'isTrusted', real);
    }
  });
});
