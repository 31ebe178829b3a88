/** Comparisons in the prompt view, alone in a browser: the menu, the keys, what is marked, every theme. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Card, FromPromptView } from '../../src/protocol/promptView';
import { cacheDir } from '../harness/codeServer';
import * as compared from './preview/comparisonStates';
import {
  launchBrowser,
  openPreview,
  type Preview,
  type PreviewOptions,
  themeNames,
} from './preview/previewPage';
import * as example from './preview/states';

let browser: Browser;
let files: Map<string, Buffer>;
let view: Preview;

beforeAll(async () => {
  browser = await launchBrowser();
  files = new Map([['level-b6.png', await example.parkingLevel()]]);
});
afterAll(() => browser?.close());
afterEach(async () => {
  const { problems } = view;
  await view.close();
  expect(problems).toEqual([]);
});

async function open(cards: Card[], options: Partial<PreviewOptions> = {}, change = {}) {
  view = await openPreview(browser, { theme: 'dark', files, ...options });
  const models = compared.comparableModels();
  await view.send({ type: 'state', state: example.viewState({ cards, models, ...change }) });
  await view.page.locator('.frame img').evaluate((img: HTMLImageElement) => img.decode());
  return view.page;
}

const last = async (type: FromPromptView['type']) =>
  (await view.posted()).findLast(message => message.type === type);
const quantized = { ...example.choice, precision: 'w8a16-w4a16' };

describe('comparing', () => {
  it('is asked for with the keyboard alone: a typed question with another precision', async () => {
    const page = await open([example.finished]);
    const question = page.getByRole('textbox', { name: 'Question' });
    const compare = page.getByRole('button', { name: 'Compare…' });
    expect(await compare.getAttribute('title')).toBe('Type a question first');
    await question.fill('  Which gear? ');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const items = page.getByRole('menuitem');
    await items.first().waitFor();
    expect(await items.allTextContents()).toEqual([
      'autoneural-nano · w8a16-w4a16 (simulation of the NPU)/models/autoneural-nano',
      'autoneural-nano · fp32/models/exported/autoneural-nano',
    ]);
    await page.keyboard.press('ArrowUp');
    expect(await items.last().evaluate(item => item === document.activeElement)).toBe(true);
    await page.keyboard.press('Escape');
    expect(await items.count()).toBe(0);
    expect(await compare.evaluate(button => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await items.first().waitFor();
    await page.keyboard.press('Enter');
    expect(await last('compareQuestion')).toEqual({
      type: 'compareQuestion',
      question: 'Which gear?',
      other: quantized,
    });
    await expect.poll(() => question.inputValue()).toBe('');
    expect(await last('ask')).toBeUndefined();
  });

  it('is offered at every answer, and not while another one is written', async () => {
    const page = await open([example.finished]);
    const compare = page.getByRole('button', { name: /^Compare with another build/ });
    await compare.click();
    await page.getByRole('menuitem').first().click();
    expect(await last('compare')).toEqual({ type: 'compare', cardId: '1', other: quantized });
    await view.send({ type: 'card', card: compared.comparisonRunning });
    expect(await compare.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
    expect(await last('stop')).toBeDefined();
  });

  it('says what is missing where there is nothing to compare with', async () => {
    const page = await open([example.finished], {}, { models: example.viewState().models });
    await page.getByRole('textbox', { name: 'Question' }).fill('Which gear?');
    expect(await page.getByRole('button', { name: 'Compare…' }).getAttribute('title')).toMatch(
      /^There is no other precision or model/,
    );
    expect(await page.getByRole('button', { name: /^Compare with another build/ }).count()).toBe(0);
  });
});

describe('a comparison', () => {
  it('marks the first token that differs, for eyes and ears', async () => {
    const page = await open([compared.differing]);
    expect(await page.locator('mark.parting').allInnerTexts()).toEqual(
      ['out', 'in'].map(word => expect.stringContaining(word)),
    );
    await page.getByText(/^Answers differ from token 2/).waitFor();
    const [a, b] = await page.locator('.versus .answer').allTextContents();
    expect([a, b]).toEqual(['Getting first difference: out', 'Getting first difference: in again']);
    const line = await page
      .locator('mark.parting')
      .first()
      .evaluate(mark => getComputedStyle(mark).textDecorationLine);
    expect(line).toBe('underline');
  });

  it('marks an end that the other one goes beyond, and says why there are no steps', async () => {
    const page = await open([compared.shorter]);
    expect(await page.locator('.versus .answer').allTextContents()).toEqual([
      'Getting outfirst difference: end',
      'Getting out first difference: again',
    ]);
    await page.getByRole('button', { name: /^Steps/ }).click();
    await page.getByText(/different vocabularies, so their probabilities/).waitFor();
  });

  it('shows its steps on demand', async () => {
    const page = await open([compared.differing]);
    const steps = page.getByRole('button', { name: /^Steps/ });
    expect(await page.locator('.steps').count()).toBe(0);
    await steps.focus();
    await page.keyboard.press('Enter');
    expect(await steps.getAttribute('aria-expanded')).toBe('true');
    const rows = page.locator('.steps tbody tr');
    expect(await rows.count()).toBe(3);
    expect(await rows.nth(0).locator('.kl').textContent()).toBe('0');
    expect(await rows.nth(1).locator('th').textContent()).toBe('2out ≠');
    expect(await rows.nth(1).locator('.taken').allTextContents()).toEqual(['out 51 %', 'out 30 %']);
    expect(await rows.nth(2).locator('.kl').textContent()).toBe('3.1e-7');
    await page.keyboard.press('Enter');
    expect(await page.locator('.steps').count()).toBe(0);
  });

  it('is copied, made again, deleted, and leads to the quantization', async () => {
    const page = await open([compared.differing]);
    for (const [name, type] of [
      ['Copy the comparison', 'copy'],
      ['Insert the comparison', 'insert'],
      ['Compare again', 'again'],
      ['Which unit hurts most?', 'worstUnit'],
      ['Delete', 'delete'],
    ] as const) {
      await page.getByRole('button', { name }).click();
      expect(await last(type)).toEqual({ type, cardId: '20' });
    }
  });

  it('that ends is announced with its verdict, and one that fails offers what helps', async () => {
    const page = await open([{ ...compared.comparisonRunning, id: '20' }]);
    await page.getByText('Second model: Loading autoneural-nano in w8a16-w4a16').waitFor();
    await view.send({ type: 'card', card: compared.differing });
    await page.getByRole('status').getByText('Comparison: Answers differ').waitFor({ state: 'attached' });
    await view.send({ type: 'card', card: { ...compared.comparisonFailed, id: '20' } });
    await page.getByText(/compare again to start a new one/).waitFor();
    await page.getByRole('button', { name: 'Restart' }).click();
    expect(await last('restart')).toBeDefined();
  });
});

describe.each(themeNames)('in the theme %s', theme => {
  it.each([
    ['wide', 1180],
    ['narrow', 430],
  ])('fits %s panes', async (name, width) => {
    const cards = [
      compared.differing,
      compared.agreeing,
      compared.comparisonFailed,
      compared.comparisonRunning,
    ];
    const page = await open(cards, { theme, size: { width, height: 1000 }, reducedMotion: true });
    await page
      .getByRole('button', { name: /^Steps/ })
      .first()
      .click();
    await page.locator('.scroll').evaluate(box => box.scrollTo(0, 0));
    const folder = path.join(cacheDir, 'screenshots');
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `compare-${theme}-${name}.png`) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const [a, b] = await page
      .locator('.comparison')
      .first()
      .locator('.versus section')
      .evaluateAll(sides => sides.map(side => side.getBoundingClientRect().top));
    // Side by side, or one below the other where there is no room.
    expect(a === b).toBe(name === 'wide');
  });
});
