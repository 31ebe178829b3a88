/** The comparison with the paper as a person does it, in the real workbench with the packaged extension. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimsReportSchema } from '../../src/protocol/claims';
import { openWorkbench, type Workbench } from '../harness/workbench';

/** A comparison of the smallest pair on a machine that has other things to do. */
const comparingMs = 240_000;

let workbench: Workbench;
let frame: Frame;

beforeAll(async () => {
  workbench = await openWorkbench({ folder: 'samples', size: { width: 1500, height: 950 } });
});
afterAll(() => workbench?.close());

const folder = () => path.join(workbench.folder, '.autoneural', 'runs');
const files = () => readdir(folder()).catch((): string[] => []);
const select = (name: string) => frame.getByRole('combobox', { name, exact: true });
const field = (name: string) => frame.getByRole('textbox', { name });

async function kept(file: string) {
  return v.parse(claimsReportSchema, JSON.parse(await readFile(path.join(folder(), file), 'utf8')));
}

it('says what it takes before it starts, and what is wrong at its field', async () => {
  await workbench.runCommand('AutoNeural: Compare with the Paper');
  frame = await workbench.webview('.app > header.top', 60_000);
  await frame.getByText(/^About \d+ minutes on \d+ threads?, \d.* GB of disk/).waitFor({ timeout: 60_000 });
  await workbench.screenshot('workbench-claims-form');
  await select('Against').selectOption({ label: 'internvl2-2b (preset)' });
  await select('Model').selectOption({ label: 'autoneural-1.5b (preset)' });
  await frame.getByText(/likely more than the 8\.\d+ GB at which it is ended/).waitFor({ timeout: 60_000 });
  await select('Against').selectOption({ label: 'vit-nano (preset)' });
  await select('Model').selectOption({ label: 'autoneural-nano (shipped)' });
  await field('Picture sizes').fill('huge');
  await frame
    .getByRole('alert')
    .getByText(/^Picture sizes must be whole numbers/)
    .waitFor();
  await field('Picture sizes').press('Enter');
  expect(await frame.locator('.run-line').count()).toBe(0);
  await field('Picture sizes').fill('72');
  await frame.locator('.settings-field', { hasText: 'Picture sizes' }).getByRole('alert').waitFor();
  await workbench.screenshot('workbench-claims-wrong');
});

it(
  'measures, fills its rows while it does, and keeps the result as the command line does',
  async () => {
    await field('Picture sizes').fill('128, 256');
    await field('Contexts').fill('64, 512, 4096');
    await field('Repetitions').fill('2');
    await frame.getByText(/^About a minute or two on/).waitFor({ timeout: 60_000 });
    await field('Repetitions').press('Enter');
    await frame.locator('.run-line ~ main .plot').first().waitFor({ timeout: comparingMs });
    await frame.locator('.run-line progress').waitFor({ state: 'detached', timeout: comparingMs });
    await expect.poll(async () => (await files()).length).toBe(1);
    const [file = ''] = await files();
    const report = await kept(file);
    expect(report).toMatchObject({ status: 'complete', repeats: 2 });
    expect(report.pictures.map(({ imageSize }) => imageSize)).toEqual([128, 256]);
    expect(await frame.locator('.verdict').allTextContents()).toEqual(
      report.claims.map(({ verdict }) => expect.stringContaining(verdict)),
    );
    await frame
      .getByText(/context 4096: reads at most 1024 tokens/)
      .first()
      .waitFor();
    await workbench.screenshot('workbench-claims');
  },
  comparingMs,
);

it(
  'keeps what a stopped comparison has measured, and says that it is partial',
  async () => {
    await frame.getByRole('button', { name: 'Compare Again' }).click();
    await field('Repetitions').fill('900');
    await field('Repetitions').press('Enter');
    // Any run but the first two: a fast machine passes the third one before anybody looks.
    await frame.getByText(/128 px, run (?:[3-9]|\d{2,}) of 900/).waitFor({ timeout: 120_000 });
    await frame.getByRole('button', { name: 'Stop' }).click();
    await frame.getByText(/^Partial: It was stopped/).waitFor({ timeout: 60_000 });
    await expect.poll(async () => (await files()).length).toBe(2);
    const report = await kept((await files()).sort().at(-1) ?? '');
    expect(report.status).toBe('partial');
    expect(report.pictures[0]?.models[0].encodeMs).toMatchObject({ measured: true });
  },
  comparingMs,
);

it('exports a table, a page and a picture', async () => {
  for (const [label, ending] of [
    ['Every value (CSV)', '.csv'],
    ['Page (HTML)', '.html'],
    ['Picture (PNG)', '.png'],
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
    const kept = path.join('.cache', 'screenshots', `claims-export${ending}`);
    await mkdir(path.dirname(kept), { recursive: true });
    await writeFile(kept, await readFile(file));
  }
});

it('is opened again from the list of runs, in a panel of its own', async () => {
  const { page } = workbench;
  await page.locator('.activitybar [aria-label*="AutoNeural"]').first().click();
  const rows = page.getByRole('treeitem', { name: /^autoneural-nano against vit-nano, paper:/ });
  await expect.poll(() => rows.count(), { timeout: 30_000 }).toBe(2);
  await workbench.screenshot('workbench-claims-runs');
  await rows.last().click();
  await expect
    .poll(() => page.locator('.tab', { hasText: 'Paper — autoneural-nano against vit-nano' }).count())
    .toBe(2);
});

it('is there again after the window was reloaded', async () => {
  await workbench.page.reload();
  frame = await workbench.webview('.claims .verdict', 60_000);
  await expect.poll(() => frame.locator('.claim').count()).toBe(3);
});

it('shows itself in every theme', async () => {
  for (const theme of ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const) {
    await workbench.setTheme(theme);
    frame = await workbench.webview('.app > header.top');
    await frame.locator(`body.vscode-${theme}`).waitFor();
    await workbench.screenshot(`workbench-claims-${theme}`);
  }
});
