/** Profiling as a person does it, in the real workbench with the packaged extension: what is drawn was just measured. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runRecordSchema } from '../../src/protocol/runRecord';
import { openWorkbench, type Workbench } from '../harness/workbench';

/** A profile on a machine that has other things to do. */
const profilingMs = 240_000;

let workbench: Workbench;
let frame: Frame;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples', size: { width: 1500, height: 950 } });
});
afterAll(() => workbench?.close());

const folder = () => path.join(workbench.folder, '.autoneural', 'runs');
const files = () => readdir(folder()).catch((): string[] => []);

/** A row of the list of runs in the side bar. */
const listed = (name: string) =>
  workbench.page.getByRole('treeitem', { name: new RegExp(`^${name}`) }).first();

/**
 * A menu ignores what is clicked in the first tenth of a second after it was opened, and the list draws its rows anew
 * when a run is renamed, which can swallow the click that would open the menu.
 */
async function chooseInMenu(row: string, item: string): Promise<void> {
  const entry = workbench.page.locator('.monaco-menu .action-label', { hasText: item });
  await vi.waitFor(
    async () => {
      await listed(row).click({ button: 'right', timeout: 5_000 });
      await entry.waitFor({ timeout: 3_000 });
    },
    { timeout: 30_000 },
  );
  await workbench.page.waitForTimeout(300);
  await entry.click();
  await entry.waitFor({ state: 'detached' });
}

async function finished(): Promise<void> {
  await frame.locator('.run-line progress').waitFor({ timeout: 30_000 });
  await frame.locator('.run-line progress').waitFor({ state: 'detached', timeout: profilingMs });
}

it(
  'profiles a model, draws while it does, and keeps the run as a record',
  async () => {
    await workbench.runCommand('AutoNeural: Profile Throughput');
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'autoneural-nano' })
      .first()
      .click();
    frame = await workbench.webview('.app > header.top', 60_000);
    await frame.getByLabel('Contexts').fill('128');
    await frame.getByLabel('Repetitions').fill('2');
    await frame.getByLabel('Contexts').press('Enter');
    // A chart stands while the progress line does: it draws live.
    await frame.locator('.run-line ~ main .plot').first().waitFor({ timeout: profilingMs });
    await frame.locator('.run-line progress').waitFor({ state: 'detached', timeout: profilingMs });
    await expect.poll(async () => (await files()).length).toBe(1);
    const [file = ''] = await files();
    const record = v.parse(runRecordSchema, JSON.parse(await readFile(path.join(folder(), file), 'utf8')));
    expect(record.status).toBe('complete');
    expect(record.repetitions.filter(({ phase }) => phase === 'measured')).toHaveLength(4);
    expect(record.operatorPass?.operators.every(({ provider }) => provider === 'CPUExecutionProvider')).toBe(
      true,
    );
    await frame.locator('.operators', { hasText: 'ms a prompt' }).waitFor();
  },
  profilingMs,
);

it(
  'lays a second run over the first, and says the difference',
  async () => {
    await frame.getByRole('combobox', { name: 'Precision of the build' }).selectOption('cpu-q4');
    await expect
      .poll(() => frame.getByRole('combobox', { name: 'Precision of the build' }).inputValue())
      .toBe('cpu-q4');
    await frame.getByRole('button', { name: 'Run Again' }).click();
    await frame.getByRole('button', { name: 'Run', exact: true }).click();
    await finished();
    await frame.locator('.run-difference', { hasText: 'another precision (fp32)' }).waitFor();
    await workbench.screenshot('workbench-profiling');
    expect(await files()).toHaveLength(2);
  },
  profilingMs,
);

it(
  'keeps what a cancelled run has measured, and says that it is not whole',
  async () => {
    await frame.getByRole('button', { name: 'Run Again' }).click();
    await frame.getByLabel('Repetitions').fill('900');
    await frame.getByRole('button', { name: 'Run', exact: true }).click();
    await frame.getByText(/^Prompt \d of 180\d: (warm-up|measured)/).waitFor({ timeout: 60_000 });
    await workbench.page.waitForTimeout(500);
    await frame.getByRole('button', { name: 'Cancel' }).click();
    await frame.getByText(/^Not everything is measured/).waitFor({ timeout: 30_000 });
    await expect.poll(async () => (await files()).length).toBe(3);
  },
  profilingMs,
);

it('exports a table, and a trace', async () => {
  for (const [label, ending] of [
    ['Every value (CSV)', '.csv'],
    ['Trace events (JSON)', '.trace.json'],
  ] as const) {
    await frame.getByRole('button', { name: 'Export' }).click();
    await frame.getByRole('button', { name: label }).click();
    const box = workbench.page.locator('.quick-input-widget:visible input').first();
    await expect.poll(() => box.inputValue().catch(() => '')).toContain(ending);
    const file = await box.inputValue();
    await box.press('Enter');
    await expect.poll(() => existsSync(file)).toBe(true);
    await frame.getByRole('alert').getByText('Saved as').waitFor();
    await frame.getByRole('button', { name: 'Dismiss' }).click();
  }
});

it('lists the runs, renames one and deletes another, and names a file that is none', async () => {
  const { page } = workbench;
  await writeFile(path.join(folder(), 'broken.json'), '{"format": "autoneural-run", "version": 99}');
  await page.locator('.activitybar [aria-label*="AutoNeural"]').first().click();
  await listed('broken.json').waitFor({ timeout: 30_000 });
  expect(await listed('broken.json').getAttribute('aria-label')).toMatch(/of version 99/);
  await chooseInMenu('autoneural-nano, (fp32|cpu-q4)', 'Rename…');
  const box = page.locator('.quick-input-widget:visible input').first();
  await box.fill('the slow one');
  await box.press('Enter');
  await listed('the slow one').waitFor();
  await workbench.screenshot('workbench-profiling-runs');
  await chooseInMenu('broken.json', 'Delete…');
  await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Delete' }).click();
  await expect.poll(async () => (await files()).includes('broken.json')).toBe(false);
  await listed('broken.json').waitFor({ state: 'detached' });
});

it(
  'holds a run against the one that is marked as the baseline',
  async () => {
    const { page } = workbench;
    await chooseInMenu('autoneural-nano, cpu-q4', 'Use as Baseline');
    await listed('autoneural-nano, cpu-q4.*, baseline · ').waitFor();
    await frame.getByRole('button', { name: 'Run Again' }).click();
    await frame.getByLabel('Repetitions').fill('2');
    await frame.getByRole('button', { name: 'Run', exact: true }).click();
    await finished();
    const outcome = /(None|\d+) of \d medians (is|are) more than 10 % worse than the baseline/;
    const line = frame.locator('.run-line', { hasText: 'Against the baseline autoneural-nano, cpu-q4' });
    await line.getByText(outcome).waitFor();
    await page.locator('.notifications-toasts').getByText(outcome).first().waitFor();
    await workbench.screenshot('workbench-profiling-baseline');
    await chooseInMenu('autoneural-nano, cpu-q4.*, baseline · ', 'Stop Using as Baseline');
    await line.waitFor({ state: 'detached' });
  },
  profilingMs,
);

it('lists the targets with what is known and what is missing', async () => {
  const { page } = workbench;
  await page.locator('.pane-header', { hasText: 'Targets' }).click();
  await listed('This machine \\(CPU\\)').waitFor({ timeout: 60_000 });
  await listed('Processor').waitFor();
  await workbench.screenshot('workbench-profiling-targets');
  await workbench.runCommand('AutoNeural: Copy Diagnostics');
  await page
    .locator('.notifications-toasts')
    .getByText('The diagnostics are in the clipboard.')
    .waitFor({ timeout: 60_000 });
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/local-cpu: available/);
});

it('is there again, with its runs, after the window was reloaded', async () => {
  const before = await frame.locator('.run-list li').count();
  await workbench.page.reload();
  frame = await workbench.webview('.run-list li', 60_000);
  await expect.poll(() => frame.locator('.run-list li').count()).toBe(before);
});

it('shows itself in every theme', async () => {
  for (const theme of ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const) {
    await workbench.setTheme(theme);
    frame = await workbench.webview('.app > header.top');
    await frame.locator(`body.vscode-${theme}`).waitFor();
    await workbench.screenshot(`workbench-profiling-${theme}`);
  }
});
