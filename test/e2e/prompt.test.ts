/** A person, a picture, a question: the whole way through editor, runtime and model host. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/process.mjs';
import { openWorkbench, type Workbench } from '../harness/workbench';
import { modelHosts } from './modelHosts';
import { PromptPanel } from './promptPanel';

const run = promisify(execFile);

let workbench: Workbench;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples' });
});
afterAll(() => workbench?.close());

async function commandLineAnswer(picture: string, question: string): Promise<string> {
  const arguments_ = ['prompt', path.join(root, 'samples', picture), question, '--json'];
  const { stdout } = await run(process.execPath, [path.join(root, 'dist/cli.js'), ...arguments_]);
  const result: unknown = JSON.parse(stdout);
  if (typeof result !== 'object' || result === null || !('answer' in result)) throw new Error(stdout);
  return String(result.answer);
}

describe('a picture of the explorer', () => {
  it('is answered in a stream, word for word as on the command line', async () => {
    const panel = await PromptPanel.openFromExplorer(workbench, 'level-b6.png');
    const seen = await panel.recordAnswers();
    const answer = await panel.answer('Give a short caption.');
    expect(answer).toBe(await commandLineAnswer('level-b6.png', 'Give a short caption.'));
    const texts = await seen();
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.at(-1)).toBe(answer);
    expect(answer.startsWith(texts[0] ?? 'nothing')).toBe(true);
    await panel.frame.getByText(/^first token .* tok\/s · \d+ tokens/).waitFor();
    await panel.frame.getByRole('button', { name: /^Time by stage: decode image .* decode/ }).waitFor();
  });

  it('is not encoded again for the next question', async () => {
    const panel = await PromptPanel.find(workbench, 'level-b6.png');
    await panel.answer('How many cars are parked here?');
    await panel.cards
      .last()
      .getByText(/^image reused · first token/)
      .waitFor();
  });

  it('may be asked about in part', async () => {
    const panel = await PromptPanel.find(workbench, 'level-b6.png');
    await panel.frame.locator('.frame').focus();
    await panel.frame.locator('.frame').press('ArrowDown');
    await panel.answer('What do you see?');
    await panel.cards.last().getByRole('button', { name: 'region', exact: true }).waitFor();
    await panel.frame.locator('.frame').press('Escape');
  });

  it('keeps its answers and the draft while its tab is hidden', async () => {
    const panel = await PromptPanel.find(workbench, 'level-b6.png');
    await panel.question.fill('Half a quest');
    await workbench.explorerItem('prompts.jsonl').dblclick();
    await workbench.page.locator('.monaco-editor').first().waitFor();
    await workbench.page.getByRole('tab', { name: /level-b6\.png/ }).click();
    const again = await PromptPanel.find(workbench, 'level-b6.png');
    expect(await again.cards.count()).toBe(3);
    expect(await again.question.inputValue()).toBe('Half a quest');
    await again.question.fill('');
  });
});

it('takes a picture that is dropped from the explorer with Shift', async () => {
  const panel = await PromptPanel.find(workbench, 'level-b6.png');
  const { keyboard, mouse } = workbench.page;
  const from = await workbench.explorerItem('door-known.png').boundingBox();
  if (!from) throw new Error('The picture is not in sight.');
  await mouse.move(from.x + 60, from.y + 10);
  await mouse.down();
  await mouse.move(from.x + 90, from.y + 40, { steps: 4 });
  await keyboard.down('Shift');
  await mouse.move(900, 350, { steps: 8 });
  await panel.frame.getByText('Drop the picture to ask about it').waitFor();
  await mouse.up();
  await keyboard.up('Shift');
  const dropped = await PromptPanel.find(workbench, 'door-known.png');
  // The earlier answers stay, and say which picture they are about.
  expect(await dropped.cards.count()).toBe(3);
  await dropped.cards.first().getByText('level-b6.png').waitFor();
});

it('offers its actions in the context menu of an answer', async () => {
  const panel = await PromptPanel.find(workbench, 'door-known.png');
  await panel.cards.first().locator('.answer').click({ button: 'right' });
  const menu = workbench.page.locator('.monaco-menu .action-label');
  for (const action of ['Copy Answer', 'Insert Answer into Editor', 'Ask Again', 'Delete Answer'])
    await menu.filter({ hasText: action }).waitFor();
  await workbench.page.keyboard.press('Escape');
});

it('needs no mouse: from the explorer to the copied answer', async () => {
  const { page } = workbench;
  await workbench.explorerItem('dashboard-87.png').click();
  await page.locator('.tab.active', { hasText: 'dashboard-87.png' }).waitFor();
  // The key is bound in the editor's own picture preview, which shows the picture's size once it is there.
  await page.locator('.statusbar-item', { hasText: /^\d+x\d+$/ }).waitFor();
  await page.keyboard.press('Control+Alt+P');
  const panel = await PromptPanel.find(workbench, 'dashboard-87.png');
  await expect.poll(() => panel.question.evaluate(box => box === document.activeElement)).toBe(true);
  await page.keyboard.type('Read the gear.');
  await page.keyboard.press('Enter');
  await panel.cards.first().waitFor();
  const answer = await panel.endOf(panel.cards.first());
  expect(answer).toBe(await commandLineAnswer('dashboard-87.png', 'Read the gear.'));
  const copy = panel.frame.getByRole('button', { name: 'Copy the answer' });
  for (let tab = 0; tab < 12 && !(await copy.evaluate(e => e === document.activeElement)); tab++)
    await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(answer);
});

it('says in the card that the model host was killed, and answers the next question', async () => {
  const panel = await PromptPanel.openFromExplorer(workbench, 'street-crowbar.png');
  const before = await panel.answer('Is there a threat to the car?');
  const [host, ...others] = modelHosts(workbench);
  if (host === undefined) throw new Error('No model host runs.');
  expect(others).toEqual([]);
  // Held still, so that the answer is certainly being made when its host dies.
  process.kill(host, 'SIGSTOP');
  const card = await panel.ask('Which damage do you see?');
  await card.and(panel.frame.locator('.running')).waitFor();
  process.kill(host, 'SIGKILL');
  await card.locator('.failure').waitFor();
  expect((await card.locator('.failure p').textContent()) ?? '').toMatch(/^[^.]+\.$/);
  await workbench.screenshot('prompt-host-killed');
  await card.getByRole('button', { name: 'Restart' }).click();
  expect(await panel.answer('Is there a threat to the car?')).toBe(before);
  expect(modelHosts(workbench)).not.toContain(host);
  expect(await card.locator('.failure').count()).toBe(1);
});

it('says in one sentence that a file is no picture', async () => {
  await writeFile(path.join(workbench.folder, 'notes.png'), 'Milk, bread, a spare tyre.\n');
  await workbench.explorerItem('notes.png').waitFor();
  const panel = await PromptPanel.openFromExplorer(workbench, 'notes.png');
  await panel.frame.locator('.no-preview').waitFor();
  const card = await panel.ask('What is this?');
  await card.locator('.failure').waitFor();
  const sentence = (await card.locator('.failure p').textContent()) ?? '';
  expect(sentence).toMatch(/^[^\n]*notes\.png[^\n]*$/);
  expect(sentence).not.toMatch(/Error|\bat \//);
  await workbench.screenshot('prompt-no-picture');
});

it('takes a pasted picture', async () => {
  await workbench.runCommand('AutoNeural: New Prompt');
  const panel = await PromptPanel.findEmpty(workbench);
  const bytes = [...(await readFile(path.join(root, 'samples/shapes-four.png')))];
  await workbench.page.evaluate(async data => {
    const picture = new Blob([new Uint8Array(data)], { type: 'image/png' });
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
  }, bytes);
  await panel.question.click();
  await workbench.page.keyboard.press('Control+V');
  const pasted = await workbench.webview('.frame img');
  const shown = pasted.locator('.frame img');
  expect(
    await shown.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth)),
  ).toBeGreaterThan(0);
  const name = await pasted.locator('.caption bdi').getAttribute('title');
  const panelWithPicture = await PromptPanel.find(workbench, name ?? '');
  expect(await panelWithPicture.answer('How many shapes are there?')).toBe(
    await commandLineAnswer('shapes-four.png', 'How many shapes are there?'),
  );
});

it('shows itself in every theme', async () => {
  await PromptPanel.openFromExplorer(workbench, 'level-b6.png');
  for (const theme of ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const) {
    await workbench.setTheme(theme);
    const panel = await PromptPanel.find(workbench, 'level-b6.png');
    await panel.frame.locator(`body.vscode-${theme}`).waitFor();
    await workbench.screenshot(`prompt-${theme}`);
  }
});
