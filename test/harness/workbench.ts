/**
 * The real workbench in a browser, with the packaged extension installed. Usage in test/e2e/*.test.ts:
 *   const workbench = await openWorkbench({ folder: 'samples' });   // in beforeAll; a copy, free to change
 *   await workbench.runCommand('AutoNeural: …');                     // through the command palette
 *   await workbench.explorerMenu('car.jpg', 'Prompt Picture');      // right-click in the explorer
 *   const frame = await workbench.webview('#question');             // the webview that holds this element
 *   await workbench.setTheme('dark');
 *   await workbench.screenshot('prompt-dark');                      // .cache/screenshots/prompt-dark.png
 *   await workbench.close();                                        // in afterAll
 * `workbench.page` is playwright's page. Wait for what should appear, never for a time.
 */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, chromium, type Frame, type Locator, type Page } from 'playwright-core';
import { browserFlags, findBrowser } from '../../scripts/browser.mjs';
import type { RunningServer, ServerOptions } from '../../scripts/code-server.mjs';
import { packageQuietly } from '../../scripts/package.mjs';
import { root } from '../../scripts/process.mjs';
import { cacheDir, startEditor } from './codeServer';

/** Settings value and the class that the workbench then carries. */
const themes = {
  light: { name: 'Light Modern', kind: 'vs' },
  dark: { name: 'Dark Modern', kind: 'vs-dark' },
  'high-contrast': { name: 'Default High Contrast', kind: 'hc-black' },
  'high-contrast-light': { name: 'Default High Contrast Light', kind: 'hc-light' },
} as const;

export type Theme = keyof typeof themes;

export interface WorkbenchOptions extends ServerOptions {
  /** The folder to open, relative to the repository; it is copied, so a test may change it. */
  folder: string;
  /** Width and height of the window in CSS pixels. */
  size?: { width: number; height: number };
}

/** Those that are open now, for a picture of each when a test fails. */
export const openWorkbenches = new Set<Workbench>();

const vsixVariable = 'AUTONEURAL_VSIX';

/** Packages the extension for every later {@link openWorkbench} of this process and of those that it starts. */
export async function packageForTests(): Promise<void> {
  const vsix = path.join(cacheDir, 'autoneural-studio.vsix');
  await packageQuietly(vsix);
  process.env[vsixVariable] = vsix;
}

function packagedExtension(): string {
  const vsix = process.env[vsixVariable];
  if (!vsix) throw new Error('The extension is not packaged: call packageForTests() first.');
  return vsix;
}

/** Opens the workbench and waits until its explorer shows the folder and its extensions are registered. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { folder, size, ...serverOptions } = options;
  const server = await startEditor({ vsix: packagedExtension(), ...serverOptions });
  try {
    const workspace = path.join(server.profile, 'workspace', path.basename(folder));
    await cp(path.join(root, folder), workspace, { recursive: true });
    const executablePath = findBrowser();
    if (!executablePath) throw new Error('No Chromium or Chrome was found: install one or set CHROME_PATH.');
    const browser = await chromium.launch({ executablePath, args: browserFlags });
    const context = await browser.newContext({
      viewport: size ?? { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const workbench = new Workbench(page, browser, server, workspace);
    openWorkbenches.add(workbench);
    try {
      await page.goto(`${server.url}/?folder=${encodeURIComponent(workspace)}`);
      await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
      // All extensions are registered together: a picture opened before would open as text.
      await page.locator('.activitybar [aria-label*="AutoNeural"]').first().waitFor({ timeout: 60_000 });
    } catch (error) {
      await workbench.close();
      throw error;
    }
    return workbench;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export class Workbench {
  readonly page: Page;
  readonly server: RunningServer;
  /** Absolute path of the opened copy. */
  readonly folder: string;
  readonly #browser: Browser;
  readonly #settings: Record<string, unknown> = {};

  constructor(page: Page, browser: Browser, server: RunningServer, folder: string) {
    this.page = page;
    this.server = server;
    this.folder = folder;
    this.#browser = browser;
  }

  /** Runs a command by its title in the palette, e.g. `AutoNeural: Prompt Picture`. */
  async runCommand(title: string): Promise<void> {
    const row = await this.#commandRow(title, 30_000);
    if (!row) throw new Error(`The command palette does not offer "${title}".`);
    await row.click();
  }

  /** Whether the palette offers a command with this title within the time. */
  async offersCommand(title: string, timeoutMs = 30_000): Promise<boolean> {
    const row = await this.#commandRow(title, timeoutMs);
    await this.page.keyboard.press('Escape');
    return row !== undefined;
  }

  /** Right-clicks a file in the explorer and chooses a menu item. */
  async explorerMenu(file: string, item: string): Promise<void> {
    const entry = this.page.locator('.monaco-menu .action-label', { hasText: item }).first();
    const until = Date.now() + 60_000;
    // An open menu does not learn of an extension that is registered meanwhile, so it is opened anew until it does.
    while (Date.now() < until) {
      await this.explorerItem(file).click({ button: 'right' });
      if (await comes(entry, 'visible')) return clickUntilGone(entry);
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`The menu of ${file} does not offer "${item}".`);
  }

  /** The explorer's row of a file or folder, by its exact name. */
  explorerItem(name: string) {
    const label = this.page.locator('.label-name', { hasText: new RegExp(`^${escapeForRegExp(name)}$`) });
    return this.page.locator('.explorer-folders-view .monaco-list-row', { has: label });
  }

  /** The frame of the webview that shows an element; looks through all frames until it is there. */
  async webview(selector: string, timeoutMs = 30_000): Promise<Frame> {
    const until = Date.now() + timeoutMs;
    while (Date.now() < until) {
      for (const frame of this.page.frames()) {
        const found = await frame
          .locator(selector)
          .first()
          .isVisible()
          .catch(() => false);
        if (found) return frame;
      }
      await this.page.waitForTimeout(50);
    }
    throw new Error(`No webview shows "${selector}".`);
  }

  /**
   * Changes settings of the workspace; the editor applies them at once. What only the user may set (settings of scope
   * machine or application) goes into `openWorkbench({ settings })`.
   */
  async setSettings(settings: Record<string, unknown>): Promise<void> {
    Object.assign(this.#settings, settings);
    const file = path.join(this.folder, '.vscode', 'settings.json');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(this.#settings));
  }

  async setTheme(theme: Theme): Promise<void> {
    const { name, kind } = themes[theme];
    await this.setSettings({ 'workbench.colorTheme': name });
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor({ timeout: 15_000 });
  }

  /** @returns the path of the picture in .cache/screenshots */
  async screenshot(name: string): Promise<string> {
    const file = path.join(cacheDir, 'screenshots', `${name}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
    return file;
  }

  /** Texts of the notifications that are on screen. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allTextContents();
  }

  async close(): Promise<void> {
    openWorkbenches.delete(this);
    await this.#browser.close();
    await this.server.stop();
  }

  /** The palette does not refresh while an extension registers its commands, so it is opened anew until it knows. */
  async #commandRow(title: string, timeoutMs: number) {
    const until = Date.now() + timeoutMs;
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    while (Date.now() < until) {
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('F1');
      const input = this.page.locator('.quick-input-widget input').first();
      await input.waitFor({ timeout: 5000 }).catch(() => undefined);
      await input.fill(`>${title}`, { timeout: 2000 }).catch(() => undefined);
      if (await happens(row.waitFor({ timeout: 1500 }))) return row;
    }
    return undefined;
  }
}

/** Whether a wait came to its end in time. */
function happens(waiting: Promise<void>): Promise<boolean> {
  return waiting.then(
    () => true,
    () => false,
  );
}

function comes(what: Locator, state: 'visible' | 'hidden'): Promise<boolean> {
  return what.waitFor({ state, timeout: 2000 }).then(
    () => true,
    () => false,
  );
}

/** A menu ignores what is clicked in the first tenth of a second after it was opened. */
async function clickUntilGone(entry: Locator): Promise<void> {
  do await entry.click();
  while (!(await comes(entry, 'hidden')));
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
