/** The quantization view alone in a browser: filling in, details, two models, exports, hostile names, themes. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { FromQuantizationView, ToQuantizationView } from '../../src/protocol/quantizationView';
import { cacheDir } from '../harness/codeServer';
import { themeNames } from './preview/previewPage';
import * as example from './preview/quantizationStates';
import { viewSuite } from './preview/viewSuite';

const view = viewSuite<ToQuantizationView, FromQuantizationView>('quantization');
const { last } = view;

const open = (
  change: Parameters<typeof example.viewState>[0] = {},
  options: Parameters<typeof view.open>[1] = {},
) => view.open({ type: 'state', state: example.viewState(change) }, options);

const map = () => view.page.getByRole('treegrid');
async function press(...keys: string[]) {
  for (const key of keys) await view.page.keyboard.press(key);
}

describe('a measurement', () => {
  it('fills in, shows how far it is and can be cancelled', async () => {
    const page = await open({ model: example.running() });
    await page.getByText('Measuring W4A16 of the vision encoder').waitFor();
    expect(await map().getByText('not measured yet').count()).toBeGreaterThan(20);
    const { report } = example.inspection();
    const encoder = report?.graphs[0];
    await view.send({
      type: 'event',
      side: 'model',
      event: {
        type: 'figures',
        graph: 'vision_encoder',
        scheme: 'w4a16',
        figures: encoder?.layers.map(({ results }) => results[2] ?? null) ?? [],
        output: null,
      },
    });
    await expect.poll(() => map().locator('thead th').nth(3).textContent()).toMatch(/W4A16, \d+ below/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await last('cancel')).toBeDefined();
  });

  it('starts from the empty panel, and with other settings from the menu', async () => {
    const page = await open({ model: example.inspection({ report: null, run: { state: 'idle' } }) });
    await page.getByRole('button', { name: 'Measure 4 Schemes' }).click();
    expect((await last('measure'))?.settings.schemes).toEqual(example.schemes);
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByRole('checkbox', { name: 'W4A8' }).uncheck();
    await page.getByRole('combobox', { name: 'NPU whose arithmetic is followed' }).selectOption('v68');
    await page.getByRole('combobox', { name: /Granularity/ }).selectOption('block');
    await page.getByRole('button', { name: 'Measure', exact: true }).last().click();
    expect((await last('measure'))?.settings).toMatchObject({
      schemes: ['w8a16', 'w8a8', 'w4a16'],
      htp: 'v68',
      weights: { granularity: 'block', blockSize: 32, symmetric: true },
    });
  });

  it('that failed says why and offers what helps', async () => {
    const failure = { kind: 'host-died', message: 'The model host ended by signal SIGKILL.' } as const;
    const page = await open({
      model: example.inspection({ report: null, run: { state: 'failed', failure } }),
    });
    await page.getByRole('alert').getByText('SIGKILL').waitFor();
    await page.getByRole('button', { name: 'Restart' }).click();
    expect(await last('restart')).toBeDefined();
  });

  it('that lacks samples offers to choose some', async () => {
    const message =
      'tiny ships no pictures for calibration: name a folder of pictures like those it will see.';
    const failure = { kind: 'file-missing', message, samples: true } as const;
    const page = await open({
      model: example.inspection({ report: null, run: { state: 'failed', failure } }),
    });
    await page.getByRole('alert').getByText('ships no pictures').waitFor();
    await page.getByRole('button', { name: 'Choose Samples…' }).click();
    expect(await last('chooseCalibration')).toBeDefined();
  });

  describe('of a model that leaves sizes open', () => {
    const openInputs = [{ name: 'x', dims: ['batch', 3, 'p2o.DynamicDimension.1', ''] }];
    const failure = { kind: 'usage', message: 'The size batch of the input x is open.', openInputs } as const;
    const asking = (change = {}) =>
      example.inspection({
        report: null,
        run: { state: 'failed', failure: { ...failure, openInputs: [...openInputs] } },
        openInputs,
        ...change,
      });
    const fields = () => view.page.locator('.size input');

    it('begins when they are given, and says what is no size', async () => {
      const page = await open({ model: asking() });
      await page.getByText('How large are the inputs?').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      await expect
        .poll(() =>
          fields()
            .nth(1)
            .evaluate(field => field === document.activeElement),
        )
        .toBe(true);
      await page.keyboard.type('1e3');
      await press('Tab');
      await page.keyboard.type('48');
      await press('Enter');
      expect(await last('inputs')).toBeUndefined();
      await page.getByText('Give every size a whole number').waitFor();
      await page.getByLabel('Size 3 of x, p2o.DynamicDimension.1').fill('32');
      await press('Enter');
      expect(await last('inputs')).toEqual({
        type: 'inputs',
        side: 'model',
        shapes: { x: [1, 3, 32, 48] },
        values: {},
      });
    });

    it('asks for them in place of the rows that were told before', async () => {
      const unit = { layer: 'conv', op: 'Conv', parameters: 1, outputShape: null };
      const told = { type: 'units', graph: 'g', units: [unit], unmeasured: [] } as const;
      const events = [{ ...told, units: [unit], unmeasured: [] }];
      const page = await open({ model: asking({ events }) });
      await page.locator('.empty').getByText('How large are the inputs?').waitFor();
      expect(await page.getByRole('treegrid').count()).toBe(0);
    });

    it('shows the sizes that failed, to be changed', async () => {
      const reason = { kind: 'model-invalid', message: 'The graph does not run at these sizes.' } as const;
      const page = await open({
        model: asking({ run: { state: 'failed', failure: reason }, shapes: { x: [1, 3, 7, 7] } }),
      });
      await page.getByRole('alert').getByText('does not run').waitFor();
      expect(await fields().evaluateAll(all => all.map(field => (field as HTMLInputElement).value))).toEqual([
        '1',
        '7',
        '7',
      ]);
    });

    it('takes others from the menu, and Escape leaves them', async () => {
      const page = await open({ model: example.inspection({ openInputs, shapes: { x: [1, 3, 32, 48] } }) });
      await page.getByRole('button', { name: 'Measure', exact: true }).click();
      await page.getByText('x 1 × 3 × 32 × 48').waitFor();
      await page.getByRole('button', { name: 'change…' }).click();
      await fields().first().waitFor();
      await press('Escape');
      await expect.poll(() => fields().count()).toBe(0);
      expect(await last('inputs')).toBeUndefined();
    });
  });

  describe('of a model with an input that no sample gives', () => {
    const valueInputs = [{ name: 'sr', type: 'int64' }];
    const message = 'The input sr is one int64 number, and made up it would be 0 or 1.';
    const asking = (change = {}) =>
      example.inspection({
        report: null,
        run: { state: 'failed', failure: { kind: 'usage', message, valueInputs } },
        valueInputs,
        ...change,
      });

    it('begins when its number is given, and says at the field what is none', async () => {
      const page = await open({ model: asking() });
      await page.getByText('Which numbers is it fed with?').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      const field = page.getByLabel('Number for sr');
      await expect.poll(() => field.evaluate(input => input === document.activeElement)).toBe(true);
      await press('Enter');
      await page.getByText('Give a number for sr.').waitFor();
      await page.keyboard.type('16kHz');
      await page.locator('.field-problem').getByText('sr takes a whole number, not "16kHz".').waitFor();
      await press('Enter');
      expect(await last('inputs')).toBeUndefined();
      await field.fill('16000');
      await press('Enter');
      const sent = { type: 'inputs', side: 'model', shapes: {}, values: { sr: 16000 } };
      await expect.poll(() => last('inputs')).toEqual(sent);
    });

    it('shows the numbers in the menu, to be changed', async () => {
      const page = await open({ model: example.inspection({ valueInputs, values: { sr: 16000 } }) });
      await page.getByRole('button', { name: 'Measure', exact: true }).click();
      await page.getByText('sr = 16000').waitFor();
      await page.getByRole('button', { name: 'change…' }).click();
      expect(await page.getByLabel('Number for sr').inputValue()).toBe('16000');
    });
  });

  it('of pictures takes them as the person says', async () => {
    const page = await open({ model: example.inspection({ pixels: 'unit' }), calibration: 'samples' });
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByLabel('How the model takes pictures').selectOption('imagenet');
    await page.locator('.settings').getByRole('button', { name: 'Measure', exact: true }).click();
    expect(await last('measure')).toMatchObject({ pixels: 'imagenet' });
  });

  describe('of a model that is quantized already', () => {
    it('asks for the float model where there is nothing without it', async () => {
      const original = { name: 'autoneural-nano', sha256: 'ab'.repeat(32) };
      const failure = { kind: 'usage', message: 'It holds quantized graphs.', original } as const;
      const page = await open({
        model: example.inspection({ report: null, run: { state: 'failed', failure } }),
      });
      await page.getByText('Which model was it made from?').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      await page.getByRole('button', { name: 'Choose the Float Model…' }).click();
      expect(await last('chooseOriginal')).toEqual({ type: 'chooseOriginal', side: 'model' });
      // The one that was chosen had other weights.
      await view.send({
        type: 'state',
        state: example.viewState({
          model: example.inspection({ report: null, run: { state: 'failed', failure }, original: 'other' }),
        }),
      });
      await page.getByText('It holds quantized graphs.').waitFor();
    });

    it('says that its figures are of quantizing it again', async () => {
      const report = { ...example.report(), quantizedAlready: true as const };
      const page = await open({ model: example.inspection({ report }) });
      await page.getByText('is quantized already').waitFor();
      await page.getByRole('button', { name: 'Choose the Float Model…' }).waitFor();
    });

    it('has a column of its own, of which the heading speaks, and can be measured alone again', async () => {
      const report = { ...example.report(['as quantized', 'w8a16']), quantized: { name: 'q', sha256: '' } };
      const page = await open({ model: example.inspection({ report, original: 'models/float' }) });
      await page.getByRole('heading', { name: /dB as quantized; / }).waitFor();
      await page.locator('.head-name').getByText('Quantized', { exact: true }).waitFor();
      await page.getByText('1 note', { exact: true }).click();
      await page.getByText('every column is measured against models/float').waitFor();
      await page.getByRole('button', { name: 'Measure', exact: true }).click();
      await page.getByRole('button', { name: 'Measure without a float model' }).click();
      expect(await last('forgetOriginal')).toEqual({ type: 'forgetOriginal', side: 'model' });
    });
  });

  it('shows what was assumed, here and in what it exports', async () => {
    const report = example.report();
    const note = 'Pictures are scaled to 320 x 320, RGB, their bytes to 0..1 scale.';
    Object.assign(report.graphs[0] ?? {}, { notes: [note] });
    report.calibration.skipped.push({ name: 'x.7.npy', reason: 'x has the shape (1)' });
    const page = await open({ model: example.inspection({ report }) });
    await page.getByText('1 note', { exact: true }).click();
    await page.getByText(`Encoder: ${note}`).waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('button', { name: 'Page (HTML)' }).click();
    await expect.poll(() => last('export')).toBeDefined();
    const { content } = (await last('export')) ?? {};
    const html = content?.kind === 'html' ? content.text : '';
    expect(html).toContain(`<p>Encoder: ${note}</p>`);
    expect(html).toContain('<p>Skipped x.7.npy: x has the shape (1)</p>');
  });

  it('tells how many samples were used, and which were skipped', async () => {
    const report = example.report();
    report.calibration.skipped.push({ name: 'broken.png', reason: 'it is no picture' });
    const page = await open({ model: example.inspection({ report }) });
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByText('64 set the ranges, 16 others were measured, 1 was skipped').waitFor();
    await press('Escape');
    await page.getByText('1 sample skipped').click();
    await page.getByText('it is no picture').waitFor();
  });

  it('needs a trusted workspace', async () => {
    const page = await open({
      trusted: false,
      model: example.inspection({ report: null, run: { state: 'idle' } }),
    });
    const measure = page.getByRole('button', { name: 'Measure 4 Schemes' });
    expect(await measure.getAttribute('title')).toBe('Needs a trusted workspace');
    await measure.click({ force: true });
    expect(await last('measure')).toBeUndefined();
  });
});

describe('details', () => {
  async function openDetail() {
    await map().focus();
    await press('Control+Home', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter');
    await view.page.getByText('Measuring this layer…').waitFor();
    const asked = await last('detail');
    expect(asked?.cell).toEqual({
      side: 'model',
      graph: 'vision_encoder',
      layer: 'vision.stem',
      scheme: 'w8a8',
    });
    if (!asked) throw new Error('No details were asked for.');
    return asked.cell;
  }
  const recipe = { name: 'nano.quant.yaml', rules: [], problem: null, stale: false };

  it('end in a rule that is added, shown and removed', async () => {
    const page = await open({ recipe });
    const cell = await openDetail();
    await view.send({ type: 'detail', cell, outcome: { ok: true, detail: example.softmaxDetail() } });
    await page.getByText('9.1 dB').waitFor();
    await page.getByRole('button', { name: 'Add Rule' }).click();
    const rule = { match: 'vision.stage2.*.attn.softmax', scheme: 'w8a16' } as const;
    expect(await last('addRule')).toEqual({ type: 'addRule', ...rule });
    await view.send({ type: 'recipe', recipe: { ...recipe, rules: [rule], stale: true } });
    await page.getByRole('button', { name: 'Show in Recipe' }).click();
    expect(await last('revealRule')).toEqual({ type: 'revealRule', ...rule });
    await page.getByRole('button', { name: 'Remove Rule' }).click();
    expect(await last('removeRule')).toEqual({ type: 'removeRule', ...rule });
    await map().focus();
    await press('Escape');
    await expect.poll(() => page.getByRole('complementary').count()).toBe(0);
  });

  it('are asked for again when a run has ended, and those of before stay until then', async () => {
    const page = await open();
    const cell = await openDetail();
    const asked = async () => (await view.posted()).filter(({ type }) => type === 'detail').length;
    await view.send({ type: 'detail', cell, outcome: { ok: true, detail: example.softmaxDetail() } });
    await page.getByText('The 64 calibration samples reach from 0 to 0.970').waitFor();
    await page.getByText('Drawn: the 16 measured samples').waitFor();
    await view.send({ type: 'state', state: example.viewState({ model: example.running() }) });
    expect(await asked()).toBe(1);
    await view.send({ type: 'state', state: example.viewState() });
    await expect.poll(asked).toBe(2);
    await page.getByText('Measuring this layer again').waitFor();
    await page.getByText('9.1 dB').waitFor();
    const again = example.softmaxDetail({ suggestion: null });
    await view.send({ type: 'detail', cell, outcome: { ok: true, detail: again } });
    await page.getByText('Nothing: no single rule').waitFor();
    expect(await page.getByText('Measuring this layer again').count()).toBe(0);
  });

  it('that cannot be had say why and can be tried again', async () => {
    const page = await open();
    const cell = await openDetail();
    const failure = { kind: 'internal', message: 'There is no room.' } as const;
    await view.send({ type: 'detail', cell, outcome: { ok: false, failure } });
    await page.getByText('There is no room.').waitFor();
    await page.getByRole('button', { name: 'Try Again' }).click();
    expect((await view.posted()).filter(message => message.type === 'detail').length).toBe(2);
  });
});

describe('two models', () => {
  it('stand side by side with their difference', async () => {
    const other = example.inspection({ name: 'nano-qat', report: example.report(example.schemes, 99) });
    const page = await open({ compared: other });
    expect(
      await map()
        .getByText(/dB, difference [+−±]/)
        .count(),
    ).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Close nano-qat' }).click();
    expect(await last('closeCompareModel')).toBeDefined();
  });
});

describe('exports', () => {
  async function exported(label: string) {
    await view.page.getByRole('button', { name: 'Export' }).click();
    await view.page.getByRole('button', { name: label }).click();
    await expect.poll(() => last('export')).toBeDefined();
    return (await last('export'))?.content;
  }

  it('draw all rows into a picture', async () => {
    await open();
    const png = await exported('Picture (PNG)');
    if (png?.kind !== 'png') throw new Error('no picture');
    const bytes = Buffer.from(Object.values(png.bytes));
    const { format, height = 0 } = await sharp(bytes).metadata();
    expect(format).toBe('png');
    expect(height).toBe(2 * (92 + Number(await map().getAttribute('aria-rowcount')) * 24 - 24 + 16));
    const folder = path.join(cacheDir, 'screenshots');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'quantization-export.png'), bytes);
  });

  it('draw thousands of rows beside each other', async () => {
    const report = example.wideReport(1500);
    await open({ model: example.inspection({ report }), settings: report.settings });
    const png = await exported('Picture (PNG)');
    if (png?.kind !== 'png') throw new Error('no picture');
    const bytes = Buffer.from(Object.values(png.bytes));
    const { width = 0, height = 0 } = await sharp(bytes).metadata();
    const rows = Number(await map().getAttribute('aria-rowcount')) - 1;
    expect(height).toBe(92 + Math.ceil(rows / 2) * 24 + 16);
    expect(width).toBeGreaterThan(2 * 1100);
    // The last column has rows of its own at its top.
    const part = { left: Math.round(width / 2), top: 100, width: 1000, height: 400 };
    expect((await sharp(bytes).extract(part).stats()).entropy).toBeGreaterThan(0.5);
    await writeFile(path.join(cacheDir, 'screenshots', 'quantization-export-wide.png'), bytes);
  });

  it('of thousands of rows say how far they are and can be stopped', async () => {
    const report = example.wideReport(5000);
    await open({ model: example.inspection({ report }), settings: report.settings });
    await view.page.getByRole('button', { name: 'Export' }).click();
    await view.page.getByText('Picture (PNG)').click();
    await view.page.getByText(/^Drawing \d+ rows$/).waitFor();
    await view.page.getByRole('button', { name: 'Cancel' }).click();
    expect(await view.page.getByRole('progressbar').count()).toBe(0);
    await exported('Table (CSV)');
    expect((await last('export'))?.content.kind).toBe('csv');
  });

  it('write a page that opens without script and a table of every layer', async () => {
    await open();
    const html = await exported('Page (HTML)');
    if (html?.kind !== 'html') throw new Error('no page');
    const page = await view.openWithoutScript(html.text);
    expect(await page.getByRole('row').count()).toBe(Number(await map().getAttribute('aria-rowcount')));
    await page.getByText(/^autoneural-nano · weights abababababab… · simulated/).waitFor();
    await exported('Table (CSV)');
    await expect.poll(async () => (await last('export'))?.content.kind).toBe('csv');
    const table = (await last('export'))?.content;
    const layers = example.report().graphs.flatMap(graph => graph.layers).length;
    expect(table?.kind === 'csv' && table.text.trim().split('\r\n').length).toBe(1 + layers);
  });
});

describe('hostile names', () => {
  it('stay text, short and in one line', async () => {
    const report = example.report();
    const layers = report.graphs[0]?.layers ?? [];
    const [first] = layers;
    if (!first) throw new Error('no layer');
    layers.unshift(
      { ...first, layer: `vision.${'x'.repeat(10_000)}` },
      { ...first, layer: 'vision.\u0000\n\u202e<img src=x onerror=alert(1)>', op: 'O'.repeat(10_000) },
    );
    const page = await open({ model: example.inspection({ report }) });
    expect(await page.locator('img').count()).toBe(0);
    const names = await map().locator('tbody th').allTextContents();
    for (const name of names) {
      expect(name.length).toBeLessThan(300);
      expect(name).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(names.join('\n')).toContain('<img src=x onerror=alert(1)>');
    const overflow = await page.evaluate(() => document.body.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

describe('every theme', () => {
  it.each(themeNames)('%s draws the map and its details', async theme => {
    const page = await open({}, { theme });
    await page.waitForTimeout(200);
    const colours = await page.locator('.map canvas').evaluate((canvas: HTMLCanvasElement) => {
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4)
        seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
      return seen.size;
    });
    expect(colours).toBeGreaterThan(20);
    const folder = path.join(cacheDir, 'screenshots');
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `quantization-${theme}.png`) });
  });
});
