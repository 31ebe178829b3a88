import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { CardRecord } from '../../src/extension/prompt/cards';
import type { PromptSession } from '../../src/extension/prompt/session';
import type { ModelChoice } from '../../src/protocol/prompt';
import { activated, bundleDir, closePanels, extension, sample, until } from './studio';

const question = 'Tell me what the person is doing.';
const picture = 'kerb-bicycle.png';
const quantized = (): ModelChoice => ({
  bundleDir: bundleDir(),
  precision: 'w8a16-w4a16',
  target: 'local-cpu',
});

async function commandLineAnswer(precision: string): Promise<string> {
  const cli = path.join(extension().extensionPath, 'dist', 'cli.js');
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const words = ['prompt', sample(picture).fsPath, question, '--precision', precision, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...words], { env });
  return (JSON.parse(stdout) as { answer: string }).answer;
}

async function opened(): Promise<PromptSession> {
  const { prompts } = await activated();
  const { session } = await prompts.open(sample(picture));
  return session;
}

function comparisonOf(card: CardRecord | undefined) {
  assert.equal(card?.state, 'done', card?.failure?.message);
  const result = card.comparison?.result;
  assert.ok(result);
  return result;
}

describe('comparisons by the real runtime', () => {
  before(function () {
    if (!existsSync(path.join(bundleDir(), 'model.safetensors'))) {
      this.skip();
    }
    this.timeout(180_000);
  });
  afterEach(closePanels);

  it('answer as the command line does in both precisions, and compare along the first answer', async () => {
    const session = await opened();
    await session.compareQuestion(question, quantized());
    const { a, b, steps, verdict, firstDifference } = comparisonOf(session.cards.at(-1));
    assert.equal(a.answer, await commandLineAnswer('fp32'));
    assert.equal(b.answer, await commandLineAnswer('w8a16-w4a16'));
    assert.equal(steps.length, a.tokens.length);
    assert.ok(steps.every(({ klNats }) => klNats !== null && klNats >= 0));
    assert.equal(firstDifference === null, verdict.startsWith('Same answer'));
  }).timeout(180_000);

  it('of an answer with itself find no difference at all', async () => {
    const session = await opened();
    await session.ask(question);
    const [card] = session.cards;
    assert.ok(card);
    await session.compare(card.id, card.choice);
    const { a, verdict } = comparisonOf(session.cards.at(-1));
    assert.equal(a.answer, card.answer);
    assert.equal(verdict, 'Same answer; KL is 0 at every token.');
  }).timeout(60_000);

  it('are copied as text, come back with their panel, and stop where a person says so', async () => {
    const { prompts } = await activated();
    const session = await opened();
    await session.compareQuestion(question, quantized());
    const { verdict } = comparisonOf(session.cards.at(-1));
    await vscode.commands.executeCommand('autoneural.copyAnswer');
    const copied = (await vscode.env.clipboard.readText()).split('\n');
    assert.deepEqual(copied.slice(0, 2), [question, verdict]);
    assert.equal(copied.length, 4);

    const webviewPanel = vscode.window.createWebviewPanel('autoneural.prompt', '', vscode.ViewColumn.Active);
    await prompts.deserializeWebviewPanel(webviewPanel, { sessionId: session.id, draft: '' });
    assert.deepEqual(prompts.all.at(-1)?.session.cards, session.cards);

    const again = session.again(session.cards[0]?.id ?? '');
    await until('beginning', () => session.running?.comparison?.status !== null);
    session.stop();
    await again;
    assert.equal(session.cards[0]?.state, 'stopped');
  }).timeout(60_000);

  it('of a model that is not there fail in their card', async () => {
    const session = await opened();
    await session.compareQuestion(question, { ...quantized(), bundleDir: '/not/there' });
    const card = session.cards.at(-1);
    assert.equal(card?.state, 'failed');
    assert.match(card.failure?.message ?? '', /\/not\/there/);
  });
});
