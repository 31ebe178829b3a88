/**
 * `npm run quantization-scroll`: how smoothly the heatmap of 5,000 layers in 8 schemes scrolls, in the browser of the
 * end-to-end tests. The list moves by a little on each frame, as a wheel or a held arrow key moves it; reported are
 * the times between frames, how long the page worked in each, and the processor time of its thread, which other
 * programs on the machine do not lengthen.
 */
import type { FromQuantizationView, ToQuantizationView } from '../src/protocol/quantizationView';
import { launchBrowser, openPreview } from '../test/e2e/preview/previewPage';
import { inspection, viewState, wideReport, wideSchemes } from '../test/e2e/preview/quantizationStates';

const layers = 5000;
const frames = 600;

const browser = await launchBrowser();
try {
  const view = await openPreview<ToQuantizationView, FromQuantizationView>(browser, {
    view: 'quantization',
    theme: 'dark',
    size: { width: 1280, height: 800 },
  });
  const report = wideReport(layers);
  const state = viewState({ model: inspection({ report }), settings: report.settings });
  const { page } = view;
  const firstMs = await page.evaluate(firstRows, { type: 'state', state } as unknown);
  await page.waitForTimeout(1000);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const cpuSeconds = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(metric => metric.name === 'TaskDuration')?.value ?? Number.NaN;
  };
  for (const pixels of [24, 240, 2400]) {
    const before = await cpuSeconds();
    const times = await page.evaluate(scroll, { frames, pixels });
    const cpuMs = (1000 * ((await cpuSeconds()) - before)) / times.between.length;
    print(`${pixels} px a frame`, times, cpuMs);
  }
  console.log(
    `${layers} layers, ${wideSchemes.length} schemes; first rows ${firstMs.toFixed(0)} ms after the report came`,
  );
  if (view.problems.length > 0) throw new Error(view.problems.join('\n'));
} finally {
  await browser.close();
}

interface Times {
  /** Milliseconds between the starts of frames. */
  between: number[];
  /** Milliseconds from the start of a frame until the page has drawn it. */
  work: number[];
}

function print(name: string, { between, work }: Times, cpuMs: number): void {
  const at = (times: number[], share: number) =>
    ([...times].sort((a, b) => a - b)[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
  const rate = (1000 * between.length) / between.reduce((sum, ms) => sum + ms, 0);
  const late = between.filter(ms => ms > 1.5 * (1000 / 60)).length;
  console.log(
    `${name}: ${rate.toFixed(1)} frames a second, ${late} of ${between.length} late; ` +
      `between frames median ${at(between, 0.5)} ms, p99 ${at(between, 0.99)} ms; ` +
      `work median ${at(work, 0.5)} ms, p99 ${at(work, 0.99)} ms; ` +
      `${cpuMs.toFixed(1)} ms of processor time a frame on the page's thread`,
  );
}

/** Runs in the page: milliseconds from the report's arrival until the rows are in the page and drawn. */
async function firstRows(message: unknown): Promise<number> {
  const started = performance.now();
  window.postMessage(message, '*');
  while (!document.querySelector('[role="treegrid"] tbody tr')) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}

/** Runs in the page. The scroll event and the view's own frame request come within the frame after the change. */
async function scroll({ frames, pixels }: { frames: number; pixels: number }): Promise<Times> {
  const box = document.querySelector('.map-scroll');
  if (!box) throw new Error('There is no map.');
  const times: Times = { between: [], work: [] };
  const channel = new MessageChannel();
  let before = 0;
  let direction = 1;
  await new Promise<void>(done => {
    const frame = (now: number) => {
      if (before > 0) times.between.push(now - before);
      before = now;
      if (times.between.length >= frames) return done();
      if (box.scrollTop + box.clientHeight >= box.scrollHeight) direction = -1;
      if (box.scrollTop === 0) direction = 1;
      box.scrollTop += direction * pixels;
      // A message is handled after the frame was drawn.
      channel.port1.onmessage = () => times.work.push(performance.now() - now);
      channel.port2.postMessage(null);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return times;
}
