import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { ClaimsPanel } from '../../src/extension/claims/panel';
import { type ClaimsReport, claimsReportSchema } from '../../src/protocol/claims';
import type { ClaimsForm } from '../../src/protocol/claimsView';
import { activated, bundleDir, closePanels, runFiles, runJson, runsFolder, until } from './studio';

/** A comparison that is over soon, of the two smallest models there are. */
const brief = (): ClaimsForm => ({
  models: [bundleDir(), 'preset:vit-nano'],
  settings: {
    imageSizes: [128],
    contexts: [64],
    memoryBudgetBytes: 4e9,
    precision: 'cpu-q4',
    repeats: 2,
  },
});
const endless = (): ClaimsForm => ({ ...brief(), settings: { ...brief().settings, repeats: 1000 } });

/** One on a machine that has other things to do. */
const comparingMs = 120_000;

const reportOf = (file: string): ClaimsReport => v.parse(claimsReportSchema, runJson(file));

/** The panel that the command opens. */
async function opened(): Promise<ClaimsPanel> {
  const { comparisons } = await activated();
  await vscode.commands.executeCommand('autoneural.comparePaper');
  const [panel] = comparisons.all;
  assert.ok(panel);
  await panel.choices.load();
  return panel;
}

async function closeAll(): Promise<void> {
  const { comparisons } = await activated();
  for (const panel of comparisons.all) panel.close();
  await until('closing the panels', () => comparisons.all.length === 0);
}

/** What is measured by then: figures, not counts alone. */
const measured = ({ session }: ClaimsPanel) => (session.report?.pictures.length ?? 0) > 0;

async function untrusted(work: () => Promise<void>): Promise<void> {
  const real = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted');
  assert.ok(real);
  Object.defineProperty(vscode.workspace, 'isTrusted', { ...real, get: () => false });
  try {
    await work();
  } finally {
    Object.defineProperty(vscode.workspace, 'isTrusted', real);
  }
}

describe('a comparison with the paper', () => {
  beforeEach(() => rmSync(runsFolder(), { recursive: true, force: true }));
  afterEach(async () => {
    await closeAll();
    await closePanels();
    rmSync(runsFolder(), { recursive: true, force: true });
  });

  it('is opened by its command, says what it costs, is kept, and is opened again from the list', async () => {
    const { comparisons, runs } = await activated();
    const panel = await opened();
    panel.plan(brief());
    await until('the cost', () => panel.session.cost !== null);
    assert.ok(panel.session.cost?.ok, JSON.stringify(panel.session.cost));
    await panel.perform({ type: 'run', form: brief() });
    assert.deepEqual(panel.session.run, { state: 'done' });
    const [file = ''] = runFiles();
    const report = reportOf(file);
    assert.equal(report.status, 'complete');
    assert.deepEqual(report, panel.session.report);
    assert.equal(panel.title, 'Paper — autoneural-nano against vit-nano');
    await runs.load();
    const [listed] = runs.claims;
    assert.deepEqual([listed?.names, listed?.status], [['autoneural-nano', 'vit-nano'], 'complete']);

    await closeAll();
    await vscode.commands.executeCommand('autoneural.openPaperComparison', listed);
    assert.deepEqual(comparisons.all[0]?.session.report, report);
    assert.equal(comparisons.all[0]?.session.content.file, path.join(runsFolder(), file));
    await vscode.commands.executeCommand('autoneural.openPaperComparison', listed);
    assert.equal(comparisons.all.length, 1);
  }).timeout(comparingMs);

  it('that is cancelled keeps what it measured, and says so', async () => {
    const panel = await opened();
    const running = panel.perform({ type: 'run', form: endless() });
    await until('a figure', () => measured(panel), comparingMs);
    await panel.perform({ type: 'cancel' });
    await running;
    assert.deepEqual(panel.session.run, { state: 'cancelled' });
    const [file = ''] = runFiles();
    const report = reportOf(file);
    assert.equal(report.status, 'partial');
    assert.equal(report.statusReason, 'It was stopped before everything was measured.');
    assert.equal(report.pictures.length, 1);
    assert.equal(report.decode.length, 0);
  }).timeout(comparingMs);

  it('that cannot be kept stays in the panel', async () => {
    const panel = await opened();
    // A file where the folder should be: nothing can be written below it, whoever asks.
    rmSync(path.dirname(runsFolder()), { recursive: true, force: true });
    writeFileSync(path.dirname(runsFolder()), '');
    try {
      await panel.perform({ type: 'run', form: brief() });
      assert.deepEqual(panel.session.run, { state: 'done' });
      assert.equal(panel.session.report?.status, 'complete');
      assert.equal(panel.session.content.file, null);
    } finally {
      rmSync(path.dirname(runsFolder()));
    }
  }).timeout(comparingMs);

  it('is refused in Restricted Mode', async () => {
    const panel = await opened();
    const sentence = 'Nothing is measured in Restricted Mode: trust this workspace first.';
    await untrusted(async () => {
      panel.plan(brief());
      await until('the cost', () => panel.session.cost !== null);
      await panel.perform({ type: 'run', form: brief() });
    });
    const { run, cost } = panel.session;
    assert.ok(run.state === 'failed' && cost?.ok === false);
    assert.equal(run.failure.message, sentence);
    assert.equal(cost.failure.message, sentence);
    assert.equal(panel.session.report, null);
    assert.deepEqual(runFiles(), []);
  });
});
