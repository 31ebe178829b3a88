/** The map of the quantization view alone in a browser: keys, sorting, filter, scrolling. */
import { describe, expect, it } from 'vitest';
import type { FromQuantizationView, ToQuantizationView } from '../../src/protocol/quantizationView';
import * as example from './preview/quantizationStates';
import { viewSuite } from './preview/viewSuite';

const view = viewSuite<ToQuantizationView, FromQuantizationView>('quantization');

const open = (
  change: Parameters<typeof example.viewState>[0] = {},
  options: Parameters<typeof view.open>[1] = {},
) => view.open({ type: 'state', state: example.viewState(change) }, options);

const map = () => view.page.getByRole('treegrid');
/** The active cell as a screen reader finds it. */
const active = () =>
  map().evaluate(table => {
    const id = table.getAttribute('aria-activedescendant');
    return id === null ? null : (document.getElementById(id)?.textContent ?? null);
  });
async function press(...keys: string[]) {
  for (const key of keys) await view.page.keyboard.press(key);
}

describe('the map', () => {
  it('is walked with the keys alone, groups open and close', async () => {
    await open();
    await map().focus();
    await press('Control+Home');
    await expect.poll(active).toBe('Vision tower, 65 layers');
    await press('ArrowDown', 'ArrowRight');
    await expect.poll(active).toMatch(/^\d+\.\d dB$/);
    await press('Control+End', 'Home');
    await expect.poll(active).toBe('lm_head, MatMul');
    const rows = async () => Number(await map().getAttribute('aria-rowcount'));
    const before = await rows();
    await press('Control+Home', 'ArrowLeft');
    // The tower's layers and its four stages and fusion are away.
    await expect.poll(rows).toBe(before - 65 - 5);
    await press('ArrowRight', 'PageDown');
    await expect.poll(active).not.toBe('Vision tower, 65 layers');
  });

  it('is one stop of the Tab key among the controls', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Measure', exact: true }).focus();
    await press('Tab');
    await expect.poll(() => map().evaluate(table => table === document.activeElement)).toBe(true);
    await press('Tab');
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('SUMMARY');
  });

  it('has the rows of the screen in its table, and says where they stand', async () => {
    const page = await open();
    await page.locator('.map-scroll').evaluate(box => box.scrollTo(0, 24 * 40));
    await expect.poll(() => map().locator('tbody tr').first().getAttribute('aria-rowindex')).toBe('42');
    expect(await map().locator('tbody tr').count()).toBeLessThan(60);
    expect(await map().locator('thead th').allTextContents()).toContain('W8A8, 5 below');
  });

  it('looks the same scrolled to a place as drawn there', async () => {
    const page = await open();
    const pixels = () =>
      page.locator('.map canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const scrollBy = (by: number) =>
      page.locator('.map-scroll').evaluate(
        (box, length) =>
          new Promise<void>(done => {
            box.scrollTop += length;
            requestAnimationFrame(() => requestAnimationFrame(() => done()));
          }),
        by,
      );
    await page.waitForTimeout(300);
    for (const by of [240, 7, 113, -55, 31]) await scrollBy(by);
    const scrolled = await pixels();
    // Another metric and back draws everything anew.
    await page.getByRole('combobox', { name: 'Metric' }).selectOption('rms');
    await expect.poll(pixels).not.toBe(scrolled);
    await page.getByRole('combobox', { name: 'Metric' }).selectOption('sqnr');
    await expect.poll(async () => (await pixels()) === scrolled).toBe(true);
  });

  it('is sorted from the heads, by the keys and by the pointer', async () => {
    const page = await open();
    await map().focus();
    await press('Control+Home', 'ArrowUp', 'ArrowRight', 'ArrowRight', 'Enter');
    await page.getByText(/at W8A8; 5 layers below 30 dB, worst vision\.stage3/).waitFor();
    await expect.poll(() => map().locator('[aria-sort]').getAttribute('aria-sort')).toBe('descending');
    expect(await map().locator('tbody th').first().textContent()).toMatch(/softmax, Softmax · Encoder$/);
    await page.locator('.head', { hasText: 'W8A8' }).click();
    await expect.poll(() => map().locator('[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.locator('.head', { hasText: 'W8A8' }).click();
    await expect.poll(() => map().locator('tbody th').first().textContent()).toBe('Vision tower, 65 layers');
  });

  it('is filtered by what is typed into it', async () => {
    const page = await open();
    await map().focus();
    await page.keyboard.type('softmax');
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Filter layers' }).inputValue())
      .toBe('softmax');
    await press('Enter', 'Control+End', 'Home');
    await expect.poll(active).toMatch(/attn\.softmax, Softmax$/);
    await press('Escape');
    await expect.poll(() => page.getByRole('textbox', { name: 'Filter layers' }).inputValue()).toBe('');
    await page.getByRole('checkbox', { name: 'below' }).check();
    await page.getByRole('spinbutton', { name: 'Limit in dB' }).fill('12');
    await page.getByRole('textbox', { name: 'Filter layers' }).fill('stem');
    await page.getByText('No layer to show').waitFor();
    await page.getByRole('button', { name: 'Show All Layers' }).click();
    await map().waitFor({ state: 'attached' });
  });

  it('shows what a rule of the recipe names', async () => {
    await open();
    await view.send({ type: 'reveal', match: 'vision.stage2.*.attn.softmax' });
    await expect.poll(() => map().locator('tbody th', { hasText: 'softmax' }).count()).toBe(3);
    expect(await map().locator('tbody tr').count()).toBe(5);
  });
});
