import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser, openPreview, type Preview, type PreviewOptions } from './previewPage';

/** The one open view of a test file. */
export interface ViewSuite<In, Out extends { type: string }>
  extends Pick<Preview<In, Out>, 'page' | 'send' | 'posted'> {
  /** Opens the view, dark unless said otherwise, with its first message, and waits until it has drawn; ends an earlier one. */
  open(first: In, options?: Partial<Omit<PreviewOptions, 'view'>>): Promise<Page>;
  /** A page that a view wrote, where no script runs. */
  openWithoutScript(html: string): Promise<Page>;
  /** What the view posted last of a type. */
  last<T extends Out['type']>(type: T): Promise<Extract<Out, { type: T }> | undefined>;
}

/** One browser for the tests of a file, and a view for each, which must end without a violation or an uncaught error. */
export function viewSuite<In, Out extends { type: string }>(
  view: NonNullable<PreviewOptions['view']>,
): ViewSuite<In, Out> {
  let browser: Browser;
  let preview: Preview<In, Out>;
  const end: (() => Promise<void>)[] = [];
  const endAll = async () => {
    for (const close of end.splice(0)) await close();
  };

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(endAll);

  return {
    async open(first, options = {}) {
      await endAll();
      const opened = await openPreview<In, Out>(browser, { theme: 'dark', ...options, view });
      end.push(async () => {
        await opened.close();
        expect(opened.problems).toEqual([]);
      });
      preview = opened;
      await preview.send(first);
      await preview.page.getByRole('heading').first().waitFor();
      return preview.page;
    },
    async openWithoutScript(html) {
      const context = await browser.newContext({ javaScriptEnabled: false });
      end.push(() => context.close());
      const page = await context.newPage();
      await page.setContent(html);
      return page;
    },
    async last<T extends Out['type']>(type: T) {
      const found = (await preview.posted()).findLast(message => message.type === type);
      return found as Extract<Out, { type: T }> | undefined;
    },
    get page() {
      return preview.page;
    },
    send: (...messages) => preview.send(...messages),
    posted: () => preview.posted(),
  };
}
