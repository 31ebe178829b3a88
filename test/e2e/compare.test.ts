/** The same question on two precisions, in the real workbench: from the answer to the unit that hurts most. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorkbench, type Workbench } from '../harness/workbench';
import { PromptPanel } from './promptPanel';
import { QuantizationPanel } from './quantizationPanel';

const picture = 'kerb-bicycle.png';

let workbench: Workbench;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples', size: { width: 1280, height: 900 } });
});
afterAll(() => workbench?.close());

async function compared(panel: PromptPanel, place: number) {
  const card = panel.cards.nth(place);
  await card.and(panel.frame.locator('.comparison.done')).waitFor({ timeout: 60_000 });
  return card;
}

it('an answer is compared with that of another precision, and copied', async () => {
  const panel = await PromptPanel.openFromExplorer(workbench, picture);
  const answer = await panel.answer('Tell me what the person is doing.');
  await panel.cards
    .first()
    .getByRole('button', { name: /^Compare with another build/ })
    .click();
  await workbench.screenshot('compare-menu');
  await panel.frame.getByRole('menuitem', { name: /w8a16-w4a16 \(simulation of the NPU\)/ }).click();
  const card = await compared(panel, 1);
  const verdict = (await card.locator('.verdict span').textContent()) ?? '';
  expect(verdict).toMatch(
    /^(Same answer|Answers differ from token \d+: .* and .*); largest KL [\d.e-]+ nats at token \d+\.$/,
  );
  const sides = card.locator('.versus section');
  expect(await sides.locator('h3').allTextContents()).toEqual([
    'Afp32',
    'Bw8a16-w4a16 (simulation of the NPU)',
  ]);
  const marks = await sides.locator('.visually-hidden').count();
  expect(marks).toBe(verdict.startsWith('Answers differ') ? 2 : 0);
  const said = (await sides.first().locator('.answer').textContent()) ?? '';
  expect(said.replace('first difference: ', '')).toBe(answer);
  await card.getByRole('button', { name: /^Copy the comparison/ }).click();
  await expect
    .poll(() => workbench.page.evaluate(() => navigator.clipboard.readText()))
    .toContain(`Tell me what the person is doing.\n${verdict}\nautoneural-nano · fp32: ${answer}\n`);
});

it('a typed question is compared without the mouse, and its steps open by key', async () => {
  const panel = await PromptPanel.find(workbench, picture);
  const { keyboard } = workbench.page;
  await panel.question.fill('What is in the picture?');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await panel.frame.getByRole('menuitem').first().waitFor();
  await keyboard.press('Enter');
  const card = await compared(panel, 2);
  expect(await panel.question.inputValue()).toBe('');
  await card.getByRole('button', { name: /^Steps/ }).focus();
  await keyboard.press('Enter');
  const rows = card.locator('.steps tbody tr');
  const tokens = /· (\d+) tokens?/.exec((await card.locator('.versus .facts').first().textContent()) ?? '');
  expect(await rows.count()).toBe(Number(tokens?.[1]));
  for (const cell of await rows.locator('td').nth(1).locator('li').allTextContents())
    expect(cell).toMatch(/^.+ (< 0\.1|\d+(\.\d)?) %$/);
});

it('comparisons are there again after the tab was hidden and after the window was loaded anew', async () => {
  const panel = await PromptPanel.find(workbench, picture);
  const verdicts = await panel.frame.locator('.verdict').allTextContents();
  await workbench.explorerItem('prompts.jsonl').dblclick();
  await workbench.page.locator('.monaco-editor').first().waitFor();
  await workbench.page.getByRole('tab', { name: /kerb-bicycle/ }).click();
  const shown = await PromptPanel.find(workbench, picture);
  await expect.poll(() => shown.frame.locator('.verdict').allTextContents()).toEqual(verdicts);
  await workbench.page.reload();
  const reloaded = await PromptPanel.find(workbench, picture);
  await expect.poll(() => reloaded.frame.locator('.verdict').allTextContents()).toEqual(verdicts);
});

it('looks right in every theme', async () => {
  for (const theme of ['light', 'high-contrast', 'high-contrast-light', 'dark'] as const) {
    await workbench.setTheme(theme);
    const panel = await PromptPanel.find(workbench, picture);
    await panel.frame.locator(`body.vscode-${theme}`).waitFor();
    const steps = panel.cards.nth(1).getByRole('button', { name: /^Steps/ });
    if ((await steps.getAttribute('aria-expanded')) === 'false') await steps.click();
    await panel.cards.nth(1).scrollIntoViewIfNeeded();
    await workbench.screenshot(`compare-workbench-${theme}`);
  }
});

it('a comparison is stopped with Escape, made again and deleted', async () => {
  const panel = await PromptPanel.find(workbench, picture);
  const card = panel.cards.nth(1);
  await card.getByRole('button', { name: /^Compare again/ }).click();
  await card.and(panel.frame.locator('.running')).waitFor();
  await workbench.page.keyboard.press('Escape');
  await card.and(panel.frame.locator('.stopped')).waitFor();
  await card.getByRole('button', { name: /^Compare again/ }).click();
  await compared(panel, 1);
  await panel.cards
    .nth(2)
    .getByRole('button', { name: /^Delete/ })
    .click();
  await expect.poll(() => panel.cards.count()).toBe(2);
});

it('is in the menu of an answer too, where the editor asks with which build', async () => {
  const panel = await PromptPanel.find(workbench, picture);
  await panel.cards.first().locator('.answer').click({ button: 'right' });
  const entry = workbench.page.locator('.monaco-menu .action-label', { hasText: 'Compare Answer with…' });
  await entry.waitFor();
  // A menu ignores what is clicked in the first tenth of a second after it was opened.
  await workbench.page.waitForTimeout(300);
  await entry.click();
  const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
  await rows.filter({ hasText: 'simulation of the NPU' }).first().click();
  const card = await compared(panel, 2);
  expect(await card.locator('.versus h3').allTextContents()).toEqual([
    'Afp32',
    'Bw8a16-w4a16 (simulation of the NPU)',
  ]);
});

it('leads to the unit that hurts most', async () => {
  const panel = await PromptPanel.find(workbench, picture);
  await panel.cards.nth(1).getByRole('button', { name: 'Which unit hurts most?' }).click();
  const quantization = await QuantizationPanel.find(workbench);
  await quantization.measured();
  await expect
    .poll(() => quantization.frame.getByRole('textbox', { name: 'Filter layers' }).inputValue())
    .toMatch(/^".+"$/);
  await workbench.screenshot('compare-worst-unit');
});
