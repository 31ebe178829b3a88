/**
 * How soon the quantization panel shows something, from the Enter key that chooses the model in the command's list: when
 * the editor begins to load the panel's page (its own share), the first frame with a heading, the first with the model's
 * name, and the first with rows of layers. The packaged extension in the real workbench, the panel closed before each
 * opening; of a model that was measured before, whose rows come with figures, and of one that was not, whose rows come
 * from its graph. The very first opening, which also starts the runtime, stands apart.
 * `npm run panel-opening -- --n 20`
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { QuantizationPanel } from '../test/e2e/quantizationPanel';
import { openWorkbench, packageForTests } from '../test/harness/workbench';
import { describeSummary, machine, numberArgument, summarize } from './summary';

type Mark = 'heading' | 'name' | 'rows';

/** Milliseconds since the epoch, by the clock that all frames share. */
interface Seen {
  begunMs: number;
  enterMs: number | null;
  paintedMs: Partial<Record<Mark, number>>;
}

declare global {
  interface Window {
    benchSeen: Seen;
  }
}

/** Runs in every frame before its page. What is seen counts from the frame after it. */
function watch(model: string): void {
  const now = () => performance.timeOrigin + performance.now();
  const seen: Seen = { begunMs: now(), enterMs: null, paintedMs: {} };
  window.benchSeen = seen;
  window.addEventListener('keydown', event => (seen.enterMs = event.key === 'Enter' ? now() : null), true);
  const found = new Set<string>();
  const look = () => {
    const heading = document.querySelector('header.top h1')?.textContent ?? '';
    const there = {
      heading: heading !== '',
      name: heading.includes(model) || heading.includes('dB'),
      rows: document.querySelector('[role="treegrid"] tbody tr') !== null,
    };
    for (const mark of ['heading', 'name', 'rows'] as const) {
      if (!there[mark] || found.has(mark)) continue;
      found.add(mark);
      requestAnimationFrame(() => requestAnimationFrame(() => (seen.paintedMs[mark] = now())));
    }
  };
  const observer = new MutationObserver(look);
  let watched: Document | undefined;
  // The editor writes a panel's page into a frame that has a document already: the window stays, its document does not.
  setInterval(() => {
    if (watched === document) return;
    watched = document;
    observer.observe(document, { childList: true, subtree: true, characterData: true });
    look();
  }, 5);
}

/** Milliseconds from the key. */
type Opening = Record<Mark | 'begun', number>;

const model = 'autoneural-nano';
const n = numberArgument('--n', 20);
await packageForTests();
const workbench = await openWorkbench({ folder: 'samples' });
const { page } = workbench;
const tab = page.getByRole('tab', { name: /Quantization — / });
const memory = path.join(workbench.server.profile, 'data', 'User', 'globalStorage');
try {
  await page.addInitScript(watch, model);
  await page.evaluate(watch, model);
  const first = await openOnce(4000);
  await forget();
  const fresh: Opening[] = [];
  for (let opened = 0; opened < n; opened++) {
    fresh.push(await openOnce(2000));
    await forget();
  }
  await measureOnce();
  const known: Opening[] = [];
  for (let opened = 0; opened < n; opened++) known.push(await openOnce(1500));
  console.log(machine());
  print('first opening, not measured before', [first]);
  print('not measured before', fresh);
  print('measured before', known);
} finally {
  await workbench.close();
}

function print(what: string, openings: readonly Opening[]): void {
  const line = (words: string, mark: keyof Opening) =>
    console.log(describeSummary(`  ${words}`, 'ms', summarize(openings.map(each => each[mark])), 0));
  console.log(`${what}:`);
  line('the page begins to load', 'begun');
  line('heading', 'heading');
  line("the model's name", 'name');
  line('rows of layers', 'rows');
}

/** What was measured, wherever the editor keeps it. */
async function forget(): Promise<void> {
  await rm(path.join(memory, 'autoneural-studio.autoneural-studio', 'measurements'), {
    recursive: true,
    force: true,
  });
}

async function choose(): Promise<void> {
  await workbench.runCommand('AutoNeural: Inspect Quantization');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: model }).first().waitFor();
  // Nobody presses Enter in the frame in which the list comes.
  await page.waitForTimeout(300);
  await page.keyboard.press('Enter');
}

async function close(): Promise<void> {
  await workbench.runCommand('View: Close All Editors');
  await tab.waitFor({ state: 'detached' });
}

/** @param restMs nobody looks meanwhile: looking for the panel in every frame would slow it down */
async function openOnce(restMs: number): Promise<Opening> {
  await choose();
  await page.waitForTimeout(restMs);
  const { frame } = await QuantizationPanel.find(workbench);
  await frame.waitForFunction(() => window.benchSeen.paintedMs.rows !== undefined, null, {
    timeout: 120_000,
  });
  const enterMs = await page.evaluate(() => window.benchSeen.enterMs);
  const { begunMs, paintedMs } = await frame.evaluate(() => window.benchSeen);
  await close();
  const { heading, name, rows } = paintedMs;
  if (enterMs === null || heading === undefined || name === undefined || rows === undefined)
    throw new Error('The panel was not seen from the key on.');
  return {
    begun: begunMs - enterMs,
    heading: heading - enterMs,
    name: name - enterMs,
    rows: rows - enterMs,
  };
}

async function measureOnce(): Promise<void> {
  await choose();
  await (await QuantizationPanel.find(workbench)).measured(600_000);
  await close();
}
