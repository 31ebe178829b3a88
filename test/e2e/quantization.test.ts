/** A person, a model, a question: which layer does quantization hurt, and what helps. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorkbench, type Workbench } from '../harness/workbench';
import { QuantizationPanel } from './quantizationPanel';

const recipe = 'autoneural-nano.quant.yaml';
/** A first measurement, on a machine that has other things to do. */
const measuringMs = 400_000;

let workbench: Workbench;
let panel: QuantizationPanel;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples', size: { width: 1500, height: 900 } });
});
afterAll(() => workbench?.close());

/** Answers the editor's own file dialog with the place it proposes. */
async function acceptFileDialog(): Promise<void> {
  const box = workbench.page.locator('.quick-input-widget:visible input').first();
  await expect.poll(() => box.inputValue().catch(() => '')).toMatch(/autoneural-nano/);
  await box.press('Enter');
}

it(
  'measures a model when it is opened, and the heatmap fills while it does',
  async () => {
    panel = await QuantizationPanel.open(workbench, 'autoneural-nano');
    const filling = await panel.recordFilling();
    const sentence = await panel.measured(measuringMs);
    expect(sentence).toMatch(/\d dB at W8A16/);
    expect((await filling()).length).toBeGreaterThan(1);
    expect((await panel.columns()).map(name => name.trim())).toEqual(['W8A16', 'W8A8', 'W4A16', 'W4A8']);
  },
  measuringMs,
);

it('explains the layer that is hurt most, and says what to do', async () => {
  const layer = await panel.clickWorst('W4A16');
  expect(layer).toMatch(/^[\w.]+$/);
  expect(await panel.findAdvice()).toMatch(/match: .*\n\s*scheme: /);
  await panel.frame.getByRole('button', { name: 'Add Rule' }).waitFor();
  await workbench.screenshot('workbench-quantization-detail');
});

it(
  'writes the rule into a recipe, and measures the recipe as a column',
  async () => {
    const rule = (await panel.frame.locator('pre.rule').textContent()) ?? '';
    await panel.frame.getByRole('button', { name: 'Add Rule' }).click();
    await acceptFileDialog();
    const file = path.join(workbench.folder, recipe);
    await expect.poll(() => existsSync(file)).toBe(true);
    await workbench.page.getByRole('tab', { name: new RegExp(recipe) }).waitFor();
    await expect
      .poll(async () => (await panel.columns()).some(name => /recipe/i.test(name)), { timeout: 60_000 })
      .toBe(true);
    // The text is saved when its measurement begins, and no longer called changed when that has ended.
    const changed = panel.frame.locator('.head-strip .head', { hasText: /recipe.*changed/is });
    await changed.waitFor({ state: 'detached', timeout: measuringMs });
    await panel.measured(measuringMs);
    const text = await readFile(file, 'utf8');
    for (const line of rule.split('\n')) expect(text).toContain(line.trim());
    expect(text).toMatch(/match: '\*\*'\n\s+scheme: w4a16/);
    await panel.frame.getByText('The rule is in the recipe.').waitFor();
    await workbench.screenshot('workbench-quantization-recipe');
  },
  measuringMs,
);

it('shows the rows of the rule that the caret stands on', async () => {
  const line = workbench.page.locator('.monaco-editor .view-line', { hasText: "'**'" });
  await line.click();
  await expect.poll(() => panel.frame.getByLabel('Filter layers').inputValue()).toBe('"**"');
  await panel.frame.getByRole('button', { name: 'Clear the filter' }).click();
});

it('takes the rule back with undo', async () => {
  const file = path.join(workbench.folder, recipe);
  const before = await readFile(file, 'utf8');
  await workbench.page.locator('.monaco-editor .view-line').first().click();
  await workbench.page.keyboard.press('Control+Z');
  await workbench.page.keyboard.press('Control+S');
  await expect.poll(async () => (await readFile(file, 'utf8')).length).toBeLessThan(before.length);
  await panel.frame.getByRole('button', { name: 'Add Rule' }).waitFor();
});

it('exports what it shows', async () => {
  await panel.frame.getByRole('button', { name: 'Export' }).click();
  await panel.frame.getByRole('button', { name: 'Table (CSV)' }).click();
  await acceptFileDialog();
  const file = path.join(workbench.folder, 'autoneural-nano-quantization.csv');
  // A file is there before its contents are.
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toMatch(/^.*layer.*\r\n/i);
});

it('is there again, with its figures, after the window was reloaded', async () => {
  // The recipe's own column is measured anew, by the text that undo left; the others come from memory.
  const figures = async () => {
    const heads = await panel.frame.locator('.head-strip .head').allTextContents();
    return heads.filter(head => /^\s*W\d/.test(head));
  };
  await panel.measured();
  const before = await figures();
  expect(before.join()).toMatch(/W8A16.*\d+ below/);
  await workbench.page.reload();
  await workbench.page
    .locator('.explorer-folders-view .monaco-list-row')
    .first()
    .waitFor({ timeout: 60_000 });
  panel = await QuantizationPanel.find(workbench);
  await expect.poll(figures, { timeout: 60_000 }).toEqual(before);
});

it('shows itself in every theme', async () => {
  for (const theme of ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const) {
    await workbench.setTheme(theme);
    panel = await QuantizationPanel.find(workbench);
    await panel.frame.locator(`body.vscode-${theme}`).waitFor();
    await workbench.screenshot(`workbench-quantization-${theme}`);
  }
});
