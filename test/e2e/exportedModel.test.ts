/** A person's recipe becomes a model of its own: exported from the panel, and asked about a picture. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../scripts/process.mjs';
import { openWorkbench, type Workbench } from '../harness/workbench';
import { PromptPanel } from './promptPanel';
import { QuantizationPanel } from './quantizationPanel';

const shipped = path.join(root, 'models/autoneural-nano/quantization/w8a16-w4a16.quant.yaml');
const name = 'autoneural-nano-quantized';
/** On a machine that has other things to do. */
const workMs = 150_000;

let workbench: Workbench;
let panel: QuantizationPanel;
let exported: string;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples', size: { width: 1500, height: 900 } });
  exported = path.join(workbench.folder, name);
  const rules = `${await readFile(shipped, 'utf8')}  - match: decoder.head\n    scheme: w8a16\n`;
  await writeFile(path.join(workbench.folder, 'autoneural-nano.quant.yaml'), rules);
});
afterAll(() => workbench?.close());

/** Through the panel's menu and the editor's own dialog, with the folder it proposes. */
async function exportFromPanel(): Promise<void> {
  await panel.frame.getByRole('button', { name: 'Export' }).click();
  await panel.frame.getByRole('button', { name: 'Quantized model' }).click();
  const box = workbench.page.locator('.quick-input-widget:visible input').first();
  await expect.poll(() => box.inputValue().catch(() => '')).toMatch(/samples/);
  await box.press('Enter');
}

const notification = (text: RegExp) =>
  workbench.page.locator('.notification-list-item').filter({ hasText: text });

it(
  'is written while a notification tells how far it is, and can be stopped',
  async () => {
    panel = await QuantizationPanel.open(workbench, 'autoneural-nano');
    await panel.measured(workMs);
    await exportFromPanel();
    const progress = notification(/Writing the quantized model/);
    await progress.filter({ hasText: /Running the float model .*\d+ of \d+|Writing onnx/ }).waitFor();
    await workbench.screenshot('workbench-export-progress');
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await panel.frame.getByText('The export was stopped, and nothing was kept.').waitFor({ timeout: 60_000 });
    const left = (await readdir(workbench.folder)).filter(entry => entry.includes(name));
    expect(left).toEqual([]);
  },
  workMs,
);

it(
  'says what it was predicted to lose and what it loses, and offers to ask it',
  async () => {
    await exportFromPanel();
    const written = notification(/autoneural-nano-quantized is written/);
    await written.waitFor({ timeout: workMs });
    expect(await written.textContent()).toMatch(/Encoder [\d.]+ dB, predicted [\d.]+ dB/);
    await workbench.screenshot('workbench-export-done');
    expect(existsSync(path.join(exported, 'onnx', 'decoder.onnx'))).toBe(true);
    expect(existsSync(path.join(exported, 'model.safetensors'))).toBe(false);
    await written.getByRole('button', { name: 'Prompt with It' }).click();
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'level-b6.png' })
      .first()
      .click();
    const prompt = await PromptPanel.find(workbench, 'level-b6.png');
    const answer = await prompt.answer('What does the sign say?');
    expect(answer.trim()).not.toBe('');
    expect(await prompt.frame.getByRole('combobox', { name: 'Precision' }).inputValue()).toBe('recipe');
    await workbench.screenshot('workbench-export-prompted');
  },
  workMs,
);

it(
  'takes another name where that one is taken',
  async () => {
    await mkdir(`${exported}-2`);
    await workbench.page.getByRole('tab', { name: /Quantization — autoneural-nano/ }).click();
    panel = await QuantizationPanel.find(workbench);
    await exportFromPanel();
    const written = notification(/autoneural-nano-quantized-3 is written/);
    await written.waitFor({ timeout: workMs });
    await written.getByRole('button', { name: 'Show in Explorer' }).click();
    await workbench.explorerItem(`${name}-3`).waitFor();
  },
  workMs,
);

it(
  'is measured from the menu of its folder, against the float model that it names',
  async () => {
    // The panel of the float model is there as well, and would be found first.
    await workbench.runCommand('View: Close All Editors');
    await workbench.explorerMenu(name, 'Inspect Quantization');
    await workbench.page.getByRole('tab', { name: `Quantization — ${name}` }).waitFor();
    panel = await QuantizationPanel.find(workbench);
    await panel.measured(workMs);
    await expect
      .poll(async () => (await panel.columns()).some(name => /^Quantized\b/.test(name)), { timeout: 30_000 })
      .toBe(true);
  },
  workMs,
);
