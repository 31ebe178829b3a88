/** The comparison with the paper alone in a browser: verdicts, tables, its form, a run, Restricted Mode, themes. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FromClaimsView, ToClaimsView } from '../../src/protocol/claimsView';
import { cacheDir } from '../harness/codeServer';
import { exampleReport } from '../unit/webview/claims/exampleReport';
import { claimsState } from './preview/claimsStates';
import { type ThemeName, themeNames } from './preview/previewPage';
import { viewSuite } from './preview/viewSuite';

const view = viewSuite<ToClaimsView, FromClaimsView>('claims');
const { last } = view;

const open = (state = claimsState(), theme: ThemeName = 'dark') =>
  view.open({ type: 'state', state }, { theme, size: { width: 1180, height: 1250 } });

const nothing = { report: null, place: null, run: { state: 'idle' } } as const;

describe('a comparison', () => {
  it('stands in verdicts, four charts and a table of figures beside the paper', async () => {
    const page = await open();
    expect(await page.locator('.verdict').allTextContents()).toEqual([
      '◐ holds partly',
      '✗ does not hold here',
      '✗ does not hold here',
    ]);
    expect(await page.getByRole('slider').count()).toBe(3);
    expect(await page.locator('.bar-row').count()).toBe(4);
    const encoder = page.getByRole('row', { name: /^Encoder 1\.34 s 3\.24 s 2\.4 ×/ });
    await encoder.getByText('28 against 163.3 ms (5.8 ×)').waitFor();
  });

  it('is read with the arrow keys, and has a table for every chart', async () => {
    const page = await open();
    const chart = page.getByRole('slider', { name: /^Encoder, ms/ });
    await chart.focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => chart.getAttribute('aria-valuetext'))
      .toMatch(/^512 px · ours 5\.80 s .*baseline 14\.7 s/);
    for (let tables = 1; tables <= 4; tables++) {
      await page
        .getByRole('button', { name: /show the table/ })
        .first()
        .click();
      await expect.poll(() => page.locator('.chart-table').count()).toBe(tables);
    }
  });

  it('shows names of models as text, whatever they are', async () => {
    const report = exampleReport();
    report.contenders[0].name = '<img src=x onerror="document.title=1">\u202e';
    const page = await open(claimsState({ report }));
    await page.getByText('<img src=x').first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  it('says that it is partial, and why', async () => {
    const report = exampleReport({ status: 'partial', statusReason: 'It was stopped.' });
    const page = await open(claimsState({ report, run: { state: 'idle' } }));
    await page.getByText('Partial: It was stopped.').waitFor();
  });
});

describe('the form', () => {
  it('names what is wrong at its field, and does not start', async () => {
    const page = await open(claimsState(nothing));
    await page.getByText(/^About 12 minutes on 1 thread, 8\.10 GB of disk/).waitFor();
    const memory = page.getByRole('textbox', { name: 'Memory budget' });
    await memory.fill('plenty');
    await page
      .locator('.settings-field', { has: memory })
      .getByRole('alert')
      .getByText('Memory must be an amount such as 4 GB or 512 MiB, more than nothing.')
      .waitFor();
    await memory.press('Enter');
    expect(await last('run')).toBeUndefined();
    await memory.fill('512 MiB');
    await memory.press('Enter');
    expect(await last('run')).toMatchObject({ form: { settings: { memoryBudgetBytes: 512 * 2 ** 20 } } });
  });

  it('asks what a changed form costs, once nobody types', async () => {
    const page = await open(claimsState(nothing));
    await page.getByRole('textbox', { name: 'Picture sizes' }).fill('256');
    await expect
      .poll(async () => (await last('plan'))?.form)
      .toMatchObject({
        models: ['preset:autoneural-0.65b', 'preset:vit-0.65b'],
        settings: { imageSizes: [256] },
      });
    await page.getByRole('combobox', { name: 'Against' }).selectOption({ label: 'Choose a folder…' });
    expect(await last('chooseFolder')).toEqual({ type: 'chooseFolder', which: 1 });
  });

  it('shows what the runtime refuses at its field', async () => {
    const failure = { kind: 'bundle-invalid', message: 'No such size.' } as const;
    const page = await open(claimsState({ ...nothing, cost: { ok: false, field: 'imageSizes', failure } }));
    await page
      .locator('.settings-field', { hasText: 'Picture sizes' })
      .getByRole('alert')
      .getByText('No such size.')
      .waitFor();
    await page.getByRole('button', { name: 'Compare', exact: true }).click({ force: true });
    expect(await last('run')).toBeUndefined();
  });

  it('leads to the setting that is too low', async () => {
    const state = claimsState(nothing);
    if (!state.cost?.ok) throw new Error('no cost');
    const page = await open({
      ...state,
      cost: { ok: true, cost: { ...state.cost.cost, memoryBytes: 12e9 } },
    });
    await page.getByRole('button', { name: 'Open Setting' }).click();
    expect(await last('openMemoryLimit')).toBeDefined();
  });

  it('starts nothing in Restricted Mode, and says why', async () => {
    const message = 'Nothing is measured in Restricted Mode: trust this workspace first.';
    const cost = { ok: false, failure: { kind: 'usage', message } } as const;
    const page = await open(claimsState({ ...nothing, trusted: false, cost }));
    // Once, and not with every place that it keeps from doing something.
    await page.getByText(message).waitFor();
    await page.getByRole('textbox', { name: 'Repetitions' }).press('Enter');
    expect(await last('run')).toBeUndefined();
  });
});

it('fills while it runs, and can be stopped', async () => {
  const page = await open(claimsState({ ...nothing, run: { state: 'running' } }));
  await view.send(
    { type: 'progress', progress: { doing: 'ours at 256 px, warm-up', done: 1, of: 56 } },
    { type: 'measured', report: exampleReport({ pictures: [], decode: [] }) },
  );
  await page.getByText('ours at 256 px, warm-up').waitFor();
  await page.getByText('1 of 56 values').waitFor();
  await page.getByText('Draws with the first repetition.').first().waitFor();
  await view.send({ type: 'measured', report: exampleReport() });
  await page.getByRole('row', { name: /^Encoder 1\.34 s/ }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  expect(await last('cancel')).toBeDefined();
});

it('fits narrow panes and keeps itself in every theme', async () => {
  const folder = path.join(cacheDir, 'screenshots');
  await mkdir(folder, { recursive: true });
  for (const theme of themeNames) {
    const page = await open(claimsState(), theme);
    await page.waitForTimeout(100);
    await page.screenshot({ path: path.join(folder, `claims-${theme}.png`) });
    await page.setViewportSize({ width: 380, height: 900 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
      .toBeLessThanOrEqual(380);
    await page.screenshot({ path: path.join(folder, `claims-${theme}-narrow.png`) });
  }
});
