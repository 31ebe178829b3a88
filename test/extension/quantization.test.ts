import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { QuantizationPanel } from '../../src/extension/quantization/panel';
import { activated, bundleDir, closePanels, sample, until } from './studio';

const recipe = () => sample('autoneural-nano.quant.yaml');

const quantizationTabs = () =>
  vscode.window.tabGroups.all
    .flatMap(group => group.tabs)
    .filter(
      ({ input }) =>
        input instanceof vscode.TabInputWebview && input.viewType.endsWith('autoneural.quantization'),
    );

async function opened(): Promise<QuantizationPanel> {
  const { quantizations } = await activated();
  await vscode.commands.executeCommand('autoneural.inspectQuantization', bundleDir());
  const [panel] = quantizations.all;
  assert.ok(panel);
  return panel;
}

/** A new panel looks for its recipe before its measurement begins. */
async function ended({ session }: QuantizationPanel): Promise<void> {
  const over = () => !session.running && session.model.run.state !== 'idle';
  await until('the end of the measurement', over, 120_000);
}

async function closeAll(): Promise<void> {
  const { quantizations } = await activated();
  for (const panel of quantizations.all) panel.close();
  await until('closing the panels', () => quantizations.all.length === 0);
  await closePanels();
}

/** Of the one graph and layer: which column has which SQNR. */
function figuresOf({ session }: QuantizationPanel): Record<string, number | null> {
  const [graph] = session.model.report?.graphs ?? [];
  return Object.fromEntries(graph?.output.map(({ scheme, sqnrDb }) => [scheme, sqnrDb]) ?? []);
}

describe('the quantization panel', () => {
  afterEach(closeAll);

  it('opens once a model, and its page comes up', async () => {
    const panel = await opened();
    assert.equal(await opened(), panel);
    assert.equal(panel.title, 'Quantization — autoneural-nano');
    await until('the page', () => panel.ready);
    assert.equal(quantizationTabs().length, 1);
  });

  it('measures at once, and shows the same figures again from memory', async () => {
    const panel = await opened();
    await ended(panel);
    const { run, report } = panel.session.model;
    assert.deepEqual(run, { state: 'done' });
    assert.ok(report && report.graphs.length > 0 && !report.partial);
    const figures = figuresOf(panel);
    assert.deepEqual(Object.keys(figures), ['w8a16', 'w8a8', 'w4a16', 'w4a8']);
    await closeAll();
    const again = await opened();
    await ended(again);
    assert.deepEqual(figuresOf(again), figures);
    assert.ok(
      again.session.model.events.every(({ type }) => type === 'status'),
      'nothing was measured a second time',
    );
  }).timeout(180_000);

  it('says in one sentence what cannot be measured', async () => {
    const { quantizations } = await activated();
    const broken = sample('broken.onnx');
    await vscode.workspace.fs.writeFile(broken, new TextEncoder().encode('not a network'));
    try {
      const panel = quantizations.open(broken.fsPath);
      await ended(panel);
      const { run } = panel.session.model;
      assert.equal(run.state, 'failed');
      assert.match(run.state === 'failed' ? run.failure.message : '', /^[^\n]*broken\.onnx[^\n]*\.$/);
    } finally {
      await vscode.workspace.fs.delete(broken);
    }
  }).timeout(60_000);

  it('comes back after a reload of the window, with what was measured', async () => {
    const { quantizations } = await activated();
    const panel = await opened();
    await ended(panel);
    const reopen = async (state: unknown) => {
      const webviewPanel = vscode.window.createWebviewPanel(
        'autoneural.quantization',
        '',
        vscode.ViewColumn.Active,
      );
      await quantizations.deserializeWebviewPanel(webviewPanel, state);
      return quantizations.all.at(-1);
    };
    const restored = await reopen({ sessionId: panel.session.id });
    assert.ok(restored && restored !== panel);
    await ended(restored);
    assert.deepEqual(figuresOf(restored), figuresOf(panel));
    const count = quantizations.all.length;
    await reopen({ from: 'elsewhere' });
    assert.equal(quantizations.all.length, count, 'a panel about nothing is closed');
  }).timeout(180_000);
});

describe('the recipe of a model', () => {
  const rule = { match: 'vision.**', scheme: 'w8a16' };
  let first: string;

  before(async () => {
    const panel = await opened();
    await ended(panel);
    const sha256 = await weightsHash();
    first = `# Mine.\nversion: 1\nmodel: ${sha256}\nrules:\n  - match: '**'\n    scheme: w4a8\n`;
    await vscode.workspace.fs.writeFile(recipe(), new TextEncoder().encode(first));
    await closeAll();
  });
  afterEach(closeAll);
  after(() => vscode.workspace.fs.delete(recipe()));

  it('is measured as a column of its own', async () => {
    const panel = await opened();
    await ended(panel);
    const figures = figuresOf(panel);
    assert.equal(figures['recipe'], figures['w4a8']);
    assert.deepEqual(panel.recipe.info?.rules, [{ match: '**', scheme: 'w4a8' }]);
    assert.equal(panel.recipe.info?.stale, false);
  }).timeout(180_000);

  it('takes a rule as one edit that undo takes back, and notices what is typed', async () => {
    const panel = await opened();
    await ended(panel);
    await panel.recipe.change('add', rule);
    const document = await vscode.workspace.openTextDocument(recipe());
    assert.equal(document.getText(), `${first}  - match: vision.**\n    scheme: w8a16\n`);
    assert.deepEqual(panel.recipe.info?.rules.at(-1), rule);
    assert.equal(panel.recipe.info?.stale, true);
    const editor = vscode.window.visibleTextEditors.find(({ document: shown }) => shown === document);
    assert.match(document.getText(editor?.selection), /^match: vision\.\*\*\s+scheme: w8a16/);
    await panel.measure(panel.session.content.settings);
    const figures = figuresOf(panel);
    assert.ok((figures['recipe'] ?? 0) > (figures['w4a8'] ?? 0), JSON.stringify(figures));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), first);
    await until('the rule to be gone', () => panel.recipe.info?.rules.length === 1);
    await document.save();
  }).timeout(180_000);

  it('of other weights costs its own column and no other', async () => {
    const other = first.replace(/model: \w+/, `model: ${'0'.repeat(64)}`);
    await vscode.workspace.fs.writeFile(recipe(), new TextEncoder().encode(other));
    const panel = await opened();
    await ended(panel);
    await until('the second attempt', () => panel.session.model.run.state === 'done', 60_000);
    assert.equal(Object.keys(figuresOf(panel)).length, 4);
    assert.match(panel.recipe.info?.problem ?? '', /other weights/);
  }).timeout(180_000);
});

async function weightsHash(): Promise<string> {
  const { createHash } = await import('node:crypto');
  const weights = vscode.Uri.joinPath(vscode.Uri.file(bundleDir()), 'model.safetensors');
  return createHash('sha256')
    .update(await vscode.workspace.fs.readFile(weights))
    .digest('hex');
}
