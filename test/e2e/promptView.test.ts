/** The prompt view alone in a browser: keys, regions, scrolling, hostile text, every theme. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FromPromptView, ToPromptView } from '../../src/protocol/promptView';
import { cacheDir } from '../harness/codeServer';
import {
  fileUri,
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
  files = new Map([
    ['level-b6.png', await example.parkingLevel()],
    ['alpha.png', await example.parkingLevel(true)],
  ]);
});
afterAll(() => browser?.close());
afterEach(async () => {
  const { problems } = view;
  await view.close();
  expect(problems).toEqual([]);
});

async function open(
  change: Parameters<typeof example.viewState>[0] = {},
  options: Partial<PreviewOptions> = {},
) {
  view = await openPreview(browser, { theme: 'dark', files, ...options });
  await view.send({ type: 'state', state: example.viewState(change) });
  await view.page.locator('.toolbar select').first().waitFor();
  return view.page;
}

async function openWithPicture(cards = [example.finished]) {
  const page = await open({ cards });
  await page.locator('.frame img').evaluate((img: HTMLImageElement) => img.decode());
  return page;
}

const question = () => view.page.getByRole('textbox', { name: 'Question' });
const last = async (type: FromPromptView['type']) =>
  (await view.posted()).findLast(message => message.type === type);
const token = (text: string, index: number): ToPromptView => ({
  type: 'event',
  cardId: '2',
  event: { type: 'token', text, index, atMs: 13 + 2 * index },
});

describe('asking', () => {
  it('sends with Enter, breaks the line with Shift+Enter, recalls with the arrow keys', async () => {
    const page = await openWithPicture();
    await question().fill('Where is');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('the sign?');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect((await view.posted()).filter(message => message.type === 'ask').length).toBe(1);
    expect(await last('ask')).toEqual({ type: 'ask', question: 'Where is\nthe sign?' });
    await expect.poll(() => question().inputValue()).toBe('');
    await page.keyboard.press('ArrowUp');
    expect(await question().inputValue()).toBe(example.finished.question);
  });

  it('keeps what is typed while an answer runs, and Escape stops that answer', async () => {
    const page = await openWithPicture([example.streaming]);
    await question().fill('Next question');
    await page.keyboard.press('Enter');
    expect(await last('ask')).toBeUndefined();
    expect(await question().inputValue()).toBe('Next question');
    await page.keyboard.press('Escape');
    expect(await last('stop')).toEqual({ type: 'stop' });
  });

  it('says why nothing can be asked', async () => {
    const page = await open({ picture: null });
    await question().fill('Where?');
    await page.keyboard.press('Enter');
    expect(await last('ask')).toBeUndefined();
    await page.getByText('Choose a picture first').waitFor();
    await page.getByRole('button', { name: 'Choose Picture…' }).click();
    expect(await last('pickPicture')).toBeDefined();
  });

  it('finds the draft again after the page was unloaded', async () => {
    const page = await openWithPicture();
    await question().fill('Half a quest');
    await page.reload();
    await view.send({ type: 'state', state: example.viewState() });
    expect(await question().inputValue()).toBe('Half a quest');
  });

  it('puts a refused question back and focuses the box', async () => {
    await openWithPicture();
    await view.send({ type: 'focusQuestion', draft: 'Refused?' }, { type: 'notice', message: 'Not now.' });
    await view.page.getByRole('alert').getByText('Not now.').waitFor();
    expect(await question().inputValue()).toBe('Refused?');
    expect(await question().evaluate(box => box === document.activeElement)).toBe(true);
  });
});

describe('the region', () => {
  it('is drawn with the mouse, goes with the question, and away with a click', async () => {
    const page = await openWithPicture();
    const box = await page.locator('.frame').boundingBox();
    if (!box) throw new Error('The picture has no place.');
    const at = (x: number, y: number) =>
      [box.x + (x / 1024) * box.width, box.y + (y / 1024) * box.height] as const;
    await page.mouse.move(...at(100, 200));
    await page.mouse.down();
    await page.mouse.move(...at(300, 500));
    await page.mouse.up();
    await question().fill('What is here?');
    await page.keyboard.press('Enter');
    const asked = await last('ask');
    const region = asked?.type === 'ask' ? asked.region : undefined;
    // A pixel of the screen is 2.6 pixels of the picture.
    const expected = { left: 100, top: 200, width: 200, height: 300 };
    for (const [key, value] of Object.entries(expected))
      expect(Math.abs((region?.[key as keyof typeof expected] ?? -99) - value)).toBeLessThanOrEqual(6);
    await page.mouse.click(...at(900, 900));
    expect(await page.locator('.region').count()).toBe(0);
  });

  it('is made, moved, resized and removed with the keyboard alone', async () => {
    const page = await openWithPicture();
    await page.locator('.frame').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('Control+ArrowDown');
    await page.getByText('region 288, 257, 512 × 480').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('.region').count()).toBe(0);
  });

  it('of an earlier card is selected again by its chip', async () => {
    const page = await openWithPicture([example.streaming]);
    await page.getByRole('button', { name: 'region', exact: true }).click();
    await page.getByText('region 78, 239, 239 × 333').waitFor();
  });
});

describe('answers', () => {
  it('stream into their card, and the end is announced once', async () => {
    const page = await openWithPicture([example.finished, example.streaming]);
    await view.send(token('Three', 4), token('Three spaces', 5), token('Three spaces are free.', 6));
    await page.getByText('Three spaces are free.').waitFor();
    await page.getByText(/image reused · first token 5\.1 ms · decoding/).waitFor();
    const done = {
      ...example.streaming,
      state: 'done' as const,
      answer: 'Three.',
      result: example.result('Three.'),
    };
    await view.send({ type: 'card', card: done });
    await page.getByRole('status').getByText('Answer: Three.').waitFor({ state: 'attached' });
    expect(await page.getByText('Answer: Three.').count()).toBe(1);
    expect(await page.locator('.caret').count()).toBe(0);
  });

  it('are followed to their end, unless one has scrolled away', async () => {
    const page = await openWithPicture([example.long, example.streaming]);
    const scroll = page.locator('.scroll');
    const fromEnd = () => scroll.evaluate(box => box.scrollHeight - box.clientHeight - box.scrollTop);
    await view.send(token('Three\n'.repeat(40), 5));
    await expect.poll(fromEnd).toBeLessThan(2);
    await scroll.evaluate(box => box.scrollTo(0, 100));
    await page.getByRole('button', { name: 'Newest answer' }).waitFor();
    await view.send(token('Three\n'.repeat(60), 6));
    await page.locator('.answer', { hasText: /(Three\s*){60}/ }).waitFor();
    expect(await scroll.evaluate(box => box.scrollTop)).toBe(100);
    await page.getByRole('button', { name: 'Newest answer' }).click();
    await expect.poll(fromEnd).toBeLessThan(2);
  });

  it('show their numbers on focus and hide them with Escape', async () => {
    const page = await openWithPicture();
    await page.getByRole('button', { name: /^Time by stage: decode image 2\.4 ms/ }).focus();
    await page.getByRole('cell', { name: '7.1 ms', includeHidden: true }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('.stage-details').count()).toBe(0);
  });

  it('can be copied, inserted, asked again and deleted', async () => {
    const page = await openWithPicture();
    for (const [name, type] of [
      ['Copy the answer', 'copy'],
      ['Insert the answer', 'insert'],
      ['Ask again', 'again'],
      ['Delete', 'delete'],
    ] as const) {
      await page.getByRole('button', { name }).click();
      expect(await last(type)).toEqual({ type, cardId: '1' });
    }
    await expect.poll(() => question().evaluate(box => box === document.activeElement)).toBe(true);
  });

  it('that failed say why and offer what helps, once', async () => {
    const page = await openWithPicture([example.failed, { ...example.failed, id: '9' }]);
    expect(await page.getByText('ended by signal SIGKILL').count()).toBe(2);
    expect(await page.getByRole('button', { name: 'Restart' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Restart' }).click();
    expect(await last('restart')).toBeDefined();
    await page.getByRole('button', { name: 'Show Log' }).click();
    expect(await last('showLog')).toBeDefined();
  });
});

describe('pictures', () => {
  it('are pasted anywhere', async () => {
    const page = await open({ picture: null });
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(
        new File([new Uint8Array([137, 80, 78, 71])], 'image.png', { type: 'image/png' }),
      );
      document.body.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      );
    });
    await expect.poll(() => last('pictureBytes')).toMatchObject({ name: 'image.png' });
    const pasted = await last('pictureBytes');
    expect(pasted?.type === 'pictureBytes' && [...pasted.bytes]).toEqual([137, 80, 78, 71]);
  });

  it('are dropped anywhere, with a hint while they hover', async () => {
    const page = await openWithPicture();
    const drag = (type: string) =>
      page.evaluate(name => {
        const dataTransfer = new DataTransfer();
        dataTransfer.setData('text/uri-list', 'file:///samples/car.png');
        document.body.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
      }, type);
    await drag('dragover');
    await page.getByText('Drop the picture to ask about it').waitFor();
    await drag('drop');
    await expect
      .poll(() => last('pictureUri'))
      .toEqual({ type: 'pictureUri', uri: 'file:///samples/car.png' });
    expect(await page.getByText('Drop the picture to ask about it').count()).toBe(0);
  });
});

it('shows hostile names, questions, answers and errors as plain text', async () => {
  const page = await open({
    picture: { name: '"><b>bold</b>.png', src: fileUri('alpha.png') },
    cards: [example.hostile],
    runtime: { state: 'stopped', message: '<i>gone</i>' },
  });
  expect(await page.locator('#root :is(b, i, script, iframe, img:not(.frame img))').count()).toBe(0);
  expect(await page.title()).toBe('Preview');
  expect(await page.locator('.caption').textContent()).toContain('"><b>bold</b>.png');
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});

it('names every control, and lets the keyboard reach each of them', async () => {
  const page = await openWithPicture([example.finished, example.failed]);
  const controls = page.locator('button, select, textarea, [tabindex="0"]');
  const names = await controls.evaluateAll(elements =>
    elements.map(element => element.getAttribute('aria-label') ?? element.textContent?.trim() ?? ''),
  );
  expect(names.filter(name => name === '')).toEqual([]);
  await page.locator('.toolbar select').first().focus();
  for (let tab = 1; tab < names.length; tab++) await page.keyboard.press('Tab');
  expect(
    await page.getByRole('button', { name: 'Ask', exact: true }).evaluate(e => e === document.activeElement),
  ).toBe(true);
});

it('moves the line between picture and conversation with the keyboard, and remembers it', async () => {
  const page = await openWithPicture();
  const splitter = page.getByRole('separator', { name: 'Width of the picture' });
  await splitter.focus();
  await page.keyboard.press('ArrowRight');
  expect(await splitter.getAttribute('aria-valuenow')).toBe('38');
  await page.reload();
  await view.send({ type: 'state', state: example.viewState() });
  expect(await splitter.getAttribute('aria-valuenow')).toBe('38');
});

it('stands still where less motion is asked for', async () => {
  await open({ cards: [example.streaming, example.loading] }, { reducedMotion: true });
  const moving = await view.page.evaluate(
    () => document.getAnimations().filter(animation => animation.playState === 'running').length,
  );
  expect(moving).toBe(0);
});

describe.each(themeNames)('in the theme %s', theme => {
  it.each([
    ['wide', 1180],
    ['narrow', 430],
  ])('fits %s panes', async (name, width) => {
    const cards = [example.finished, example.unknownWord, example.failed, example.streaming];
    const page = await open({ cards }, { theme, size: { width, height: 720 }, reducedMotion: true });
    await page.locator('.frame img').evaluate((img: HTMLImageElement) => img.decode());
    const folder = path.join(cacheDir, 'screenshots');
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `view-${theme}-${name}.png`) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});
