/**
 * A built view in a browser, without an editor around it: the page that the extension serves, with its
 * policy, the colours of a default theme, and a stand-in for VS Code's webview API that records what the view posts.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { browserFlags, findBrowser } from '../../../scripts/browser.mjs';
import { root } from '../../../scripts/process.mjs';
import { webviewPage } from '../../../src/extension/webview/html';
import type { FromPromptView, ToPromptView } from '../../../src/protocol/promptView';
import themes from './themes.json';

export type ThemeName = keyof typeof themes;
export const themeNames = Object.keys(themes) as ThemeName[];

const origin = 'http://preview.invalid';
const dist = path.join(root, 'dist', 'webview');

export interface Preview<In = ToPromptView, Out = FromPromptView> {
  page: Page;
  send(...messages: In[]): Promise<void>;
  /** What the view has posted so far. */
  posted(): Promise<Out[]>;
  /** Violations of the page's policy and uncaught errors; must stay empty. */
  problems: string[];
  close(): Promise<void>;
}

export interface PreviewOptions {
  /** Folder of the view in webview-ui; `prompt` unless said otherwise. */
  view?: 'prompt' | 'quantization' | 'profiling' | 'claims';
  theme: ThemeName;
  size?: { width: number; height: number };
  /** Files that pictures' URIs name, by path. */
  files?: ReadonlyMap<string, Buffer>;
  reducedMotion?: boolean;
  forcedColors?: boolean;
}

/** @throws where there is no browser */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error('No Chromium or Chrome was found: install one or set CHROME_PATH.');
  return chromium.launch({ executablePath, args: browserFlags });
}

/** The address under which the page finds one of {@link PreviewOptions.files}. */
export function fileUri(name: string): string {
  return `${origin}/${name}`;
}

/** Opens a view; its messages' types are those of the view that the options name. */
export async function openPreview<In = ToPromptView, Out = FromPromptView>(
  browser: Browser,
  options: PreviewOptions,
): Promise<Preview<In, Out>> {
  const view = options.view ?? 'prompt';
  const context = await browser.newContext({
    viewport: options.size ?? { width: 1180, height: 720 },
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    forcedColors: options.forcedColors ? 'active' : 'none',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.route(`${origin}/**`, async route => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const file = options.files?.get(name);
    if (name === '') await route.fulfill({ contentType: 'text/html', body: html(view, options.theme) });
    else if (file) await route.fulfill({ contentType: 'image/png', body: file });
    else if (name === `${view}.js` || name === `${view}.css`) {
      const contentType = name.endsWith('.js') ? 'text/javascript' : 'text/css';
      await route.fulfill({ contentType, body: await readFile(path.join(dist, name)) });
    } else await route.fulfill({ status: 404 });
  });
  await page.addInitScript(standIn, themes[options.theme].variables);
  await page.goto(`${origin}/`);
  await page.waitForFunction(
    () => 'posted' in window && Array.isArray(window.posted) && window.posted.length > 0,
  );
  return {
    page,
    problems,
    send: async (...messages) => {
      for (const message of messages)
        await page.evaluate(data => window.postMessage(data, '*'), message as unknown);
    },
    posted: () => page.evaluate(() => ('posted' in window ? (window.posted as Out[]) : [])),
    close: () => context.close(),
  };
}

function html(view: string, theme: ThemeName): string {
  const page = webviewPage({
    title: 'Preview',
    language: 'en',
    scriptUri: `${origin}/${view}.js`,
    styleUri: `${origin}/${view}.css`,
    cspSource: origin,
    nonce: 'preview',
  });
  return page.replace('<body>', `<body class="vscode-body ${themes[theme].bodyClass}">`);
}

/** Runs in the page before its script. VS Code sets the theme's variables on the root element in the same way. */
function standIn(variables: Record<string, string>): void {
  document.addEventListener('readystatechange', () => {
    for (const [name, value] of Object.entries(variables))
      document.documentElement.style.setProperty(name, value);
  });
  const posted: unknown[] = [];
  let state: unknown = JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined;
  Object.assign(window, {
    posted,
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => posted.push(message),
      getState: () => state,
      setState: (next: unknown) => {
        state = next;
        sessionStorage.setItem('state', JSON.stringify(next));
      },
    }),
  });
}
