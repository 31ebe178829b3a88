/**
 * What the panel adds to the engine: from the Enter key to the first token in the view, against the engine's own TTFT
 * (request accepted -> first token). The packaged extension in the real workbench, warm: the model is loaded, and one
 * question is asked before those that count. Every question is the first of a cleared session. Beside it the editor's own
 * share: a message from the view that the extension answers at once, by way of the same channels and nothing else.
 * `npm run prompt-latency -- --n 30`
 */
import type { ToPromptView } from '../src/protocol/promptView';
import { PromptPanel } from '../test/e2e/promptPanel';
import { openWorkbench, packageForTests } from '../test/harness/workbench';
import { describeSummary, machine, numberArgument, summarize } from './summary';

/** Milliseconds of the view's clock, except ttftMs: the engine's own. */
interface Run {
  enterMs: number;
  messageMs: number | null;
  shownMs: number | null;
  paintedMs: number | null;
  ttftMs: number | null;
}

declare global {
  interface Window {
    benchRuns: Run[];
    benchPost: (message: unknown) => void;
    acquireVsCodeApi: () => { postMessage: (message: unknown) => void };
  }
}

/** Runs in every frame before its page: keeps the view's way to the extension, which a page may take only once. */
function keepPost(): void {
  let given: Window['acquireVsCodeApi'];
  Object.defineProperty(window, 'acquireVsCodeApi', {
    configurable: true,
    set(acquire: Window['acquireVsCodeApi']) {
      given = acquire;
    },
    get: () => () => {
      const api = given();
      window.benchPost = message => api.postMessage(message);
      return api;
    },
  });
}

/** Runs inside the view. */
function watch(): void {
  window.benchRuns = [];
  const latest = () => window.benchRuns.at(-1);
  window.addEventListener(
    'keydown',
    event => {
      if (event.key !== 'Enter') return;
      const enterMs = performance.now();
      window.benchRuns.push({ enterMs, messageMs: null, shownMs: null, paintedMs: null, ttftMs: null });
    },
    true,
  );
  window.addEventListener('message', ({ data }) => {
    for (const message of data.type === 'batch' ? data.messages : [data]) hear(message);
  });
  const hear = (data: ToPromptView) => {
    const run = latest();
    if (!run) return;
    if (data.type === 'event' && data.event.type === 'token') run.messageMs ??= performance.now();
    if (data.type === 'card' && data.card.result) run.ttftMs = data.card.result.timings.ttftMs;
  };
  const observer = new MutationObserver(() => {
    const run = latest();
    const shown = [...document.querySelectorAll('.answer')].at(-1)?.textContent ?? '';
    if (!run || run.shownMs !== null || shown === '') return;
    run.shownMs = performance.now();
    requestAnimationFrame(() => requestAnimationFrame(() => (run.paintedMs = performance.now())));
  });
  observer.observe(document.body, { childList: true, characterData: true, subtree: true });
}

/** Runs inside the view: milliseconds from a message to the extension until its answer is heard here. */
async function echo(times: number): Promise<number[]> {
  const send = window.benchPost;
  const trips: number[] = [];
  for (let i = 0; i < times; i++) {
    const heard = new Promise<number>(resolve => {
      const listen = ({ data }: MessageEvent) => {
        if (data.type !== 'state') return;
        window.removeEventListener('message', listen);
        resolve(performance.now());
      };
      window.addEventListener('message', listen);
    });
    const sentMs = performance.now();
    // No card has this name: the extension deletes nothing and sends its state.
    send({ type: 'delete', cardId: 'none' });
    trips.push((await heard) - sentMs);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return trips;
}

const n = numberArgument('--n', 30);
await packageForTests();
const workbench = await openWorkbench({ folder: 'samples' });
const { page } = workbench;
try {
  await page.addInitScript(keepPost);
  const panel = await PromptPanel.openFromExplorer(workbench, 'dashboard-87.png');
  await panel.frame.evaluate(watch);
  for (let asked = 0; asked <= n; asked++) {
    await panel.question.fill('What speed does the dashboard show?');
    // Nobody presses Enter in the frame of the last letter, whose drawing would be counted as well.
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    // Playwright looks for the card in every frame; while that is measured, nobody looks.
    await page.waitForTimeout(400);
    await panel.endOf(panel.cards.last());
    await panel.frame.getByRole('button', { name: 'clear' }).click();
    await panel.cards.first().waitFor({ state: 'detached' });
  }
  const trips = await panel.frame.evaluate(echo, n);
  const runs = (await panel.frame.evaluate(() => window.benchRuns)).slice(1);
  const measured = runs.flatMap(run => {
    const { enterMs, messageMs, shownMs, paintedMs, ttftMs } = run;
    if (messageMs === null || shownMs === null || paintedMs === null || ttftMs === null) return [];
    return [
      { ttft: ttftMs, message: messageMs - enterMs, shown: shownMs - enterMs, painted: paintedMs - enterMs },
    ];
  });
  if (measured.length < n)
    console.log(`${n - measured.length} of ${n} questions gave no complete measurement`);
  const line = (what: string, value: (run: (typeof measured)[number]) => number) =>
    console.log(describeSummary(what, 'ms', summarize(measured.map(value))));
  console.log(machine());
  line("the engine's own TTFT", run => run.ttft);
  line('Enter to the first token in the view', run => run.shown);
  line('  above TTFT', run => run.shown - run.ttft);
  line('  of which before the view hears of it', run => run.message - run.ttft);
  console.log(describeSummary("the editor's own share: a bare round trip", 'ms', summarize(trips)));
  line('Enter to the first token painted', run => run.painted);
} finally {
  await workbench.close();
}
