/**
 * `node scripts/run-typescript.mjs test/e2e/screenshots.ts`: makes the pictures of the README anew, in
 * media/screenshots, from the real workbench with the packaged extension. Every figure in them was just measured.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../scripts/process.mjs';
import { openWorkbench, packageForTests, type Theme } from '../harness/workbench';
import { PromptPanel } from './promptPanel';
import { QuantizationPanel } from './quantizationPanel';

const folder = path.join(root, 'media', 'screenshots');
await mkdir(folder, { recursive: true });
await packageForTests();
const workbench = await openWorkbench({ folder: 'samples', size: { width: 1280, height: 800 } });
try {
  const panel = await PromptPanel.openFromExplorer(workbench, 'dashboard-87.png');
  // The first answer of a process is slower than all later ones; the picture shows those.
  await panel.answer('What do you see?');
  await panel.frame.getByRole('button', { name: 'clear' }).click();
  await panel.cards.first().waitFor({ state: 'detached' });
  await panel.answer('What speed does the dashboard show?');
  await panel.answer('Which indicator is on?');
  await panel.answer('How much fuel is left?');
  for (const theme of ['dark', 'light'] satisfies Theme[]) {
    await workbench.setTheme(theme);
    await panel.frame.locator(`body.vscode-${theme}`).waitFor();
    await panel.question.focus();
    // The workbench fades its status bar from one theme's colour to the other's.
    await workbench.page.waitForTimeout(1000);
    await workbench.page.screenshot({ path: path.join(folder, `prompt-${theme}.png`) });
  }
  await workbench.setTheme('dark');
  // High enough for the whole detail of a layer, with what to do.
  await workbench.page.setViewportSize({ width: 1480, height: 1000 });
  // Asked beside a prompt panel, it is that panel's model that is inspected.
  await workbench.runCommand('AutoNeural: Inspect Quantization');
  const quantization = await QuantizationPanel.find(workbench);
  await quantization.measured();
  await quantization.clickWorst('W4A16');
  await quantization.findAdvice();
  await workbench.page.waitForTimeout(1000);
  await workbench.page.screenshot({ path: path.join(folder, 'quantization-dark.png') });
  await workbench.page.setViewportSize({ width: 1480, height: 900 });
  await profile('fp32');
  await profile('cpu-q4');
  await workbench.page.waitForTimeout(1000);
  await workbench.page.screenshot({ path: path.join(folder, 'throughput-dark.png') });
} finally {
  await workbench.close();
}

/** Profiles Nano as it stands in the form, the later run over the earlier one. */
async function profile(precision: 'fp32' | 'cpu-q4'): Promise<void> {
  if (precision === 'fp32') {
    await workbench.page.keyboard.press('Control+K');
    await workbench.page.keyboard.press('W');
    await workbench.runCommand('AutoNeural: Profile Throughput');
    const model = workbench.page.locator('.quick-input-list .monaco-list-row', {
      hasText: 'autoneural-nano',
    });
    await model.first().click();
  }
  const frame = await workbench.webview('.app > header.top', 60_000);
  if (precision === 'fp32') {
    await frame.getByLabel('Contexts').fill('128, 256, 512, 768');
    await frame.getByLabel('Contexts').press('Enter');
  } else {
    await frame.getByRole('combobox', { name: 'Precision of the build' }).selectOption(precision);
    await frame.getByRole('button', { name: 'Run Again' }).click();
    await frame.getByRole('button', { name: 'Run', exact: true }).click();
  }
  const progress = frame.locator('.run-line progress');
  await progress.waitFor({ timeout: 30_000 });
  await progress.waitFor({ state: 'detached', timeout: 240_000 });
}
