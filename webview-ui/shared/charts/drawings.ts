import type { Chart } from './chart';
import { makePlot } from './plot';
import type { Theme } from './theme';

/**
 * The charts that are not empty, by id, at one size in CSS pixels, whatever the panel's is now.
 */
export async function drawAll(
  charts: readonly Chart[],
  theme: Theme,
  size: { width: number; height: number },
): Promise<Map<string, HTMLCanvasElement>> {
  const stage = document.createElement('div');
  stage.className = 'plot-stage';
  document.body.append(stage);
  const plots = charts
    .filter(({ empty }) => empty === null)
    .map(chart => ({ id: chart.id, plot: makePlot(chart, theme, stage, size, () => undefined) }));
  // A plot draws itself at the end of the task that made it.
  await new Promise(requestAnimationFrame);
  const canvases = plots.map(({ id, plot }) => [id, copyOf(plot.ctx.canvas)] as const);
  for (const { plot } of plots) plot.destroy();
  stage.remove();
  return new Map(canvases);
}

function copyOf(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext('2d')?.drawImage(canvas, 0, 0);
  return copy;
}
