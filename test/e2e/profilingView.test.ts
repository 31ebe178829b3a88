/** The throughput view alone in a browser: figures, keys, tables, a live run, two runs, exports, hostile names, themes. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ProfileEvent } from '../../src/protocol/profile';
import type { FromProfilingView, ToProfilingView } from '../../src/protocol/profilingView';
import { cacheDir } from '../harness/codeServer';
import { exampleRun } from '../unit/webview/profiling/exampleRun';
import { themeNames } from './preview/previewPage';
import * as example from './preview/profilingStates';
import { viewSuite } from './preview/viewSuite';

const view = viewSuite<ToProfilingView, FromProfilingView>('profiling');
const { last } = view;

const open = (state = example.viewState(), options: Parameters<typeof view.open>[1] = {}) =>
  view.open({ type: 'state', state }, options);

const chart = (title: RegExp) => view.page.getByRole('slider', { name: title });

describe('a run', () => {
  it('stands in five figures, five charts and a table of operators', async () => {
    const page = await open();
    for (const name of ['First token', 'Decode', 'Prefill', 'Memory', 'Temperature'])
      await page.locator('.figures dt', { hasText: name }).waitFor();
    expect(await page.getByRole('slider').count()).toBe(4);
    expect(await page.locator('.bar-row').count()).toBe(3);
    await page.getByRole('button', { name: /decoder · feedForward × 4 blocks/ }).click();
    await page.getByText('decoder.layer0.feedForward.act').waitFor();
    const away = page.locator('tr', { hasText: 'vision.msfa.resize' });
    await away.getByText('WebGPU').waitFor();
    await away.getByText('not on CPU, where most of the time is spent').waitFor();
  });

  it('is read with the arrow keys, point by point', async () => {
    await open();
    const context = chart(/against context/);
    await context.focus();
    await view.page.keyboard.press('Home');
    await expect.poll(() => context.getAttribute('aria-valuetext')).toMatch(/^context 79 · 2\d\d tok\/s/);
    await view.page.keyboard.press('ArrowRight');
    await view.page.keyboard.press('ArrowRight');
    await view.page.keyboard.press('ArrowRight');
    await expect.poll(() => context.getAttribute('aria-valuetext')).toMatch(/^context 512/);
    await view.page.keyboard.press('ArrowLeft');
    await expect.poll(() => context.getAttribute('aria-valuetext')).toMatch(/^context 128/);
    await view.page.keyboard.press('Escape');
    await expect.poll(() => context.getAttribute('aria-valuetext')).toBe('3 points');
  });

  it('is read with the pointer', async () => {
    const page = await open();
    await chart(/over time \(s\); arrow/)
      .first()
      .hover();
    await page.getByText(/\d s · nano fp32 [\d.]+ tok\/s.*°C/).waitFor();
  });

  it('has a table for every chart', async () => {
    const page = await open();
    const shown = page.locator('.chart-table');
    // One after the other: a button that was pressed offers the chart instead.
    for (let tables = 1; tables <= 5; tables++) {
      await page
        .getByRole('button', { name: /show the table/ })
        .first()
        .click();
      await expect.poll(() => shown.count()).toBe(tables);
    }
    expect(await page.locator('.chart-table').nth(1).getByRole('row').allTextContents()).toEqual([
      expect.stringMatching(/^Tokens before the first new one/),
      expect.stringMatching(/^context 79/),
      expect.stringMatching(/^context 128/),
      expect.stringMatching(/^context 512/),
    ]);
  });

  it('says why a figure and a chart are empty', async () => {
    const bare = { ...exampleRun({ heat: false }), repetitions: [], summaries: [], operatorPass: null };
    const record = {
      ...bare,
      unmeasured: [...bare.unmeasured, { what: 'operatorPass', reason: 'Operators were not asked for.' }],
    };
    const page = await open(example.viewState({ runs: [{ record, place: null }] }));
    await page.locator('.figure', { hasText: 'This system shows no temperature.' }).waitFor();
    await page.getByText('Operators were not asked for.').waitFor();
    await page.getByText('No token was timed.').first().waitFor();
  });

  it('lies under another one, and the difference is told with what else differs', async () => {
    const page = await open(example.overlaid());
    await page
      .getByText(/^The first run decodes 1\.8 × slower at context 512; its first token comes as soon/)
      .waitFor();
    await page.getByText('Not speed alone: another precision (cpu-q4).').waitFor();
    await page.getByRole('button', { name: 'Take nano cpu-q4 away' }).click();
    expect(await last('removeRun')).toMatchObject({ id: 'run-b' });
    await page
      .getByRole('button', { name: 'Open .autoneural/runs/run-b.json' })
      .or(page.getByTitle('Open .autoneural/runs/run-b.json'))
      .first()
      .click();
    expect(await last('openRun')).toMatchObject({ id: 'run-b' });
  });

  it('says how it stands against its baseline, and lays it over', async () => {
    const verdict = {
      id: 'run-b',
      name: 'nano cpu-q4',
      regressed: true,
      sentence: '1 of 3 medians is more than 10 % worse than the baseline: decode.',
    };
    const page = await open(example.viewState({ verdict }));
    const line = page.locator('.run-line');
    await line.getByText('Against the baseline nano cpu-q4: 1 of 3 medians is more than 10 %').waitFor();
    expect(await line.getAttribute('class')).toBe('run-line failed');
    await line.getByRole('button', { name: 'show both' }).click();
    expect(await last('overlay')).toMatchObject({ id: 'run-b' });
    const held = { ...verdict, regressed: false, sentence: 'None of 3 medians is worse.' };
    await view.send({ type: 'state', state: { ...example.overlaid(), verdict: held } });
    await line.getByText('Against the baseline nano cpu-q4: None of 3 medians is worse.').waitFor();
    expect(await line.getAttribute('class')).toBe('run-line');
    expect(await line.getByRole('button').count()).toBe(0);
    await view.send({ type: 'state', state: example.viewState() });
    await line.waitFor({ state: 'detached' });
  });

  it('is laid over from the list of stored runs, without those that are there', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Against', exact: true }).click();
    expect(await page.locator('.choices .button').allTextContents()).toEqual([
      'nano cpu-q4 540 tok/s · cpu-q4',
      'Import a file of another program…',
    ]);
    await page.getByRole('button', { name: /nano cpu-q4/ }).click();
    expect(await last('overlay')).toMatchObject({ id: 'run-b' });
  });
});

describe('a profile', () => {
  it('is started from the empty panel, wrong input named, its cost said first', async () => {
    const page = await open(example.viewState({ runs: [], run: { state: 'idle' } }));
    await page.getByText('18 prompts of 64 tokens at 3 lengths').waitFor();
    const field = (name: string) => page.getByLabel(name);
    await field('Repetitions').fill('many');
    await page.getByRole('alert').getByText('Repetitions must be a whole number from 1 to 1000.').waitFor();
    await field('Repetitions').press('Enter');
    expect(await last('run')).toBeUndefined();
    await field('Repetitions').fill('3');
    await field('Contexts').fill('512');
    await field('Contexts').press('Enter');
    expect((await last('run'))?.form).toMatchObject({ repetitions: 3, contexts: [512], tokens: 64 });
  });

  it('draws while it runs and can be cancelled', async () => {
    const record = exampleRun();
    const page = await open(example.viewState({ runs: [], run: { state: 'running' } }));
    await page.getByText('Charts draw as soon as the first tokens are written.').waitFor();
    const events = record.repetitions.flatMap((repetition, index): ProfileEvent[] => [
      { type: 'prompt', phase: repetition.phase, context: repetition.context, index: index + 1, of: 18 },
      { type: 'repetition', repetition },
    ]);
    const cold = { type: 'notice', what: 'temperaturesC', reason: 'There is no sensor.' } as const;
    await view.send({ type: 'events', events: [cold, ...events.slice(0, 20)] });
    await page.getByText('Prompt 10 of 18: measured').waitFor();
    await page.locator('.figure', { hasText: 'Temperaturenot measuredThere is no sensor.' }).waitFor();
    const points = () =>
      chart(/tok\/s over time/)
        .getAttribute('aria-valuetext')
        .then(text => Number.parseInt(text ?? '', 10));
    await expect.poll(points).toBeGreaterThan(5);
    const before = await points();
    await view.send({ type: 'events', events: events.slice(20) });
    await expect.poll(points).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await last('cancel')).toBeDefined();
    await view.send({ type: 'state', state: example.viewState() });
    await page.getByText('autoneural-nano is profiled.').waitFor({ state: 'attached' });
  });

  it('that failed says why and offers what helps; a cancelled one is marked', async () => {
    const failure = { kind: 'host-died', message: 'The model host ended by signal SIGKILL.' } as const;
    const page = await open(example.viewState({ run: { state: 'failed', failure } }));
    await page.getByRole('alert').getByText('SIGKILL').waitFor();
    await page.getByRole('button', { name: 'Restart' }).click();
    expect(await last('restart')).toBeDefined();
    const record = {
      ...exampleRun(),
      status: 'cancelled' as const,
      statusReason: 'The profile was stopped.',
    };
    await view.send({ type: 'state', state: example.viewState({ runs: [{ record, place: null }] }) });
    await page.getByText('Not everything is measured: The profile was stopped.').waitFor();
  });

  it('needs a trusted workspace', async () => {
    const page = await open(example.viewState({ trusted: false, runs: [], run: { state: 'idle' } }));
    await page.getByText('Nothing is profiled in Restricted Mode: trust this workspace first.').waitFor();
    await page.locator('.empty').getByRole('button', { name: 'Run' }).click({ force: true });
    expect(await last('run')).toBeUndefined();
  });
});

describe('an export', () => {
  async function exported(label: string) {
    await view.page.getByRole('button', { name: 'Export' }).click();
    await view.page.getByRole('button', { name: label }).click();
    await expect.poll(() => last('export').then(message => message?.content.kind)).toBeDefined();
    return last('export');
  }

  it('is a picture with every chart in it', async () => {
    await open(example.overlaid());
    await exported('Picture (PNG)');
    const bytes = await view.page.evaluate(() => {
      const messages = 'posted' in window ? (window.posted as FromProfilingView[]) : [];
      const found = messages.findLast(message => message.type === 'export');
      return found?.type === 'export' && found.content.kind === 'png' ? [...found.content.bytes] : [];
    });
    const picture = sharp(Buffer.from(bytes));
    const { width, height } = await picture.metadata();
    expect([width, (height ?? 0) > 600]).toEqual([1180, true]);
    const { entropy } = await picture.stats();
    expect(entropy).toBeGreaterThan(0.5);
    await mkdir(path.join(cacheDir, 'screenshots'), { recursive: true });
    await writeFile(path.join(cacheDir, 'screenshots', 'profiling-export.png'), Buffer.from(bytes));
  });

  it('is a page that draws without a script', async () => {
    await open();
    const message = await exported('Page (HTML)');
    const text = message?.content.kind === 'html' ? message.content.text : '';
    const page = await view.openWithoutScript(text);
    expect(await page.locator('img').count()).toBe(4);
    expect(
      await page
        .locator('img')
        .first()
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    ).toBeGreaterThan(100);
  });
});

it('shows names of files as text, whatever they are', async () => {
  const hostile = '<img src=x onerror="document.title=1">\u202e';
  const record = exampleRun({ name: hostile });
  const page = await open(example.viewState({ runs: [{ record, place: hostile }] }));
  await page.getByText('<img src=x').first().waitFor();
  expect(await page.locator('img').count()).toBe(0);
});

it('draws 100,000 tokens', async () => {
  const record = exampleRun({ contexts: [null], repetitions: 20, tokens: 5000 });
  const page = await open(example.viewState({ runs: [{ record, place: null }] }));
  await page.locator('.plot canvas').first().waitFor();
});

it('fits narrow panes and keeps itself in every theme', async () => {
  for (const theme of themeNames) {
    const page = await open(example.overlaid(), { theme, size: { width: 1180, height: 1250 } });
    await page.waitForTimeout(100);
    await mkdir(path.join(cacheDir, 'screenshots'), { recursive: true });
    await page.screenshot({ path: path.join(cacheDir, 'screenshots', `profiling-${theme}.png`) });
    await page.setViewportSize({ width: 380, height: 900 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
      .toBeLessThanOrEqual(380);
    await page.screenshot({ path: path.join(cacheDir, 'screenshots', `profiling-${theme}-narrow.png`) });
  }
});
