import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { CardRecord } from '../../src/extension/prompt/cards';
import { activated, bundleDir, closePanels, extension, sample } from './studio';

const question = 'Where is the red car?';

/** What the command line answers; in a desktop editor the extension host's executable must be told to be Node. */
async function commandLineAnswer(picture: string): Promise<string> {
  const cli = path.join(extension().extensionPath, 'dist', 'cli.js');
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [cli, 'prompt', picture, question, '--json'], { env });
  return (JSON.parse(stdout) as { answer: string }).answer;
}

async function ask(picture: vscode.Uri, words = question): Promise<CardRecord> {
  const { prompts } = await activated();
  const { session } = await prompts.open(picture);
  await session.ask(words);
  const card = session.cards.at(-1);
  assert.ok(card);
  return card;
}

function failureOf(card: CardRecord): string {
  return card.failure?.message ?? 'no failure';
}

describe('answers of the real runtime', () => {
  before(function () {
    if (!existsSync(path.join(bundleDir(), 'model.safetensors'))) {
      this.skip();
    }
    this.timeout(180_000);
  });
  afterEach(closePanels);

  it('are those of the command line, and stream', async () => {
    const card = await ask(sample('level-b6.png'));
    assert.equal(card.state, 'done', failureOf(card));
    assert.equal(card.answer, await commandLineAnswer(sample('level-b6.png').fsPath));
    assert.ok(card.events.some(({ type }) => type === 'token'));
    assert.ok(card.result && card.result.timings.ttftMs > 0);
  }).timeout(180_000);

  it('reuse the picture for a follow-up question', async () => {
    await ask(sample('level-b6.png'));
    const card = await ask(sample('level-b6.png'), 'How many free spaces are there?');
    assert.equal(card.state, 'done', failureOf(card));
    assert.equal(card.result?.tokens.image, 0);
    assert.equal(card.result.timings.encodeMs, null);
  });

  it('go to the clipboard and into the editor that was used last, where undo takes them back', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'answer: ' });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 8, 0, 8);
    const card = await ask(sample('level-b6.png'));
    assert.equal(card.state, 'done', failureOf(card));
    await vscode.commands.executeCommand('autoneural.copyAnswer');
    assert.equal(await vscode.env.clipboard.readText(), card.answer);
    await vscode.commands.executeCommand('autoneural.insertAnswer');
    assert.equal(document.getText(), `answer: ${card.answer}`);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), 'answer: ');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('end with the reason when the model host is killed, and the next question is answered', async () => {
    const { client, prompts } = await activated();
    let killed: number | undefined;
    let answered = false;
    const subscription = client.onDidChangeHost(({ state, pid }) => {
      // Held still after the first answer, or the second could be there before its host is killed.
      if (pid !== null && state === 'ready' && answered) process.kill(pid, 'SIGSTOP');
      if (state === 'busy' && !answered) answered = true;
      else if (state === 'busy' && pid !== null && killed === undefined) {
        killed = pid;
        process.kill(pid, 'SIGKILL');
      }
    });
    await ask(sample('level-b6.png'));
    const card = await ask(sample('level-b6.png'), 'What colour is the car on the left?');
    subscription.dispose();
    const pid = killed ?? assert.fail('no host said that it was busy');
    assert.equal(card.state, 'failed');
    assert.equal(card.failure?.kind, 'host-died');
    assert.match(card.failure.message, /\S+ \S+/);
    const { session } = await prompts.open(sample('level-b6.png'));
    assert.deepEqual(
      session.cards.map(({ state }) => state),
      ['done', 'failed'],
      'the question that did the harm is not asked again by itself',
    );
    const next = await ask(sample('level-b6.png'));
    assert.equal(next.state, 'done', failureOf(next));
    assert.throws(() => process.kill(pid, 0), 'the dead host is gone');
  }).timeout(180_000);

  it('stop where a person says so', async () => {
    const { prompts } = await activated();
    const { session } = await prompts.open(sample('level-b6.png'));
    const ended = session.ask(question);
    await vscode.commands.executeCommand('autoneural.stopAnswer');
    await ended;
    assert.equal(session.cards[0]?.state, 'stopped');
    await session.again(session.cards[0].id);
    assert.equal(session.cards[0]?.state, 'done');
  });
});
