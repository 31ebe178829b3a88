/**
 * How soon the quantization panel shows something: from the Enter key that chooses the model, to the first frame in which
 * the panel's page has its heading. The packaged extension in the real workbench; the first opening, which also starts
 * the runtime, and those after it, each with the panel closed before. Beside it when the map has its first rows, of a
 * model that was measured before. `npm run panel-opening -- --n 15`
 */
import { QuantizationPanel } from '../test/e2e/quantizationPanel';
import { openWorkbench, packageForTests } from '../test/harness/workbench';
import { describeSummary, machine, numberArgument, summarize } from './summary';

/** Milliseconds since the epoch, the same clock in all frames. */
interface Seen {
  enterMs: number | null;
  headingMs: number | null;
  rowsMs: number | null;
}

declare global {
  interface Window {
    benchSeen: Seen;
  }
}

/** Runs in every frame before its page. */
function watch(): void {
  const now = () => performance.timeOrigin + performance.now();
  const seen: Seen = { enterMs: null, headingMs: null, rowsMs: null };
  window.benchSeen = seen;
  window.addEventListener(
    'keydown',
    event => {
      if (event.key === 'Enter') seen.enterMs = now();
    },
    true,
  );
  const afterFrame = (take: () => void) => requestAnimationFrame(() => requestAnimationFrame(take));
  let [heading, rows] = [false, false];
  const look = () => {
    if (!heading && document.querySelector('header.top h1')?.textContent) {
      heading = true;
      afterFrame(() => (seen.headingMs = now()));
    }
    if (!rows && document.querySelector('[role="treegrid"] td')) {
      rows = true;
      afterFrame(() => (seen.rowsMs = now()));
    }
  };
  const observe = () =>
    new MutationObserver(look).observe(document.documentElement, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  if (document.documentElement) observe();
  else document.addEventListener('DOMContentLoaded', observe);
}

const n = numberArgument('--n', 15);
console.log(machine());
await packageForTests();
const workbench = await openWorkbench({ folder: 'samples' });
try {
  await workbench.page.addInitScript(watch);
  await workbench.page.evaluate(watch);
  const opened: { heading: number; rows: number }[] = [];
  for (let index = 0; index <= n; index++) opened.push(await openOnce());
  const [first, ...others] = opened;
  console.log(`first opening: heading ${first?.heading.toFixed(0)} ms`);
  const heading = others.map(each => each.heading);
  const rows = others.map(each => each.rows);
  console.log(describeSummary('heading of the panel', 'ms', summarize(heading)));
  console.log(describeSummary('first rows of the map', 'ms', summarize(rows)));
} finally {
  await workbench.close();
}

/** Opens the panel with the keys, waits until its figures are there, and closes it. Milliseconds from the key. */
async function openOnce(): Promise<{ heading: number; rows: number }> {
  const { page } = workbench;
  await workbench.runCommand('AutoNeural: Inspect Quantization');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'autoneural-nano' }).first().waitFor();
  await page.keyboard.press('Enter');
  const panel = await QuantizationPanel.find(workbench);
  await panel.measured(600_000);
  await panel.frame.waitForFunction(() => window.benchSeen.rowsMs !== null);
  const enterMs = await page.evaluate(() => window.benchSeen.enterMs);
  const { headingMs, rowsMs } = await panel.frame.evaluate(() => window.benchSeen);
  await page
    .getByRole('tab', { name: /Quantization — / })
    .locator('.codicon-close')
    .click();
  await page.getByRole('tab', { name: /Quantization — / }).waitFor({ state: 'detached' });
  if (enterMs === null || headingMs === null || rowsMs === null) throw new Error('The panel was not seen.');
  return { heading: headingMs - enterMs, rows: rowsMs - enterMs };
}
