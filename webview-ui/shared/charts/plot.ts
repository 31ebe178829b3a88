import uPlot from 'uplot';
import type { Chart, Line } from './chart';
import type { Theme } from './theme';

const axisFontPx = 11;

/** The chart's lines on one axis of places, as uPlot wants them: for each line its middle, its low and its high. */
export function plotData({ lines }: Chart): uPlot.AlignedData {
  if (lines.length === 0) return [[]];
  const tables = lines.map(
    ({ points }): uPlot.AlignedData => [
      points.map(({ x }) => x),
      points.map(({ y }) => y),
      points.map(({ low }) => low),
      points.map(({ high }) => high),
    ],
  );
  return uPlot.join(tables);
}

/** What has to be the same for new data to be drawn into a chart that is there. */
export function plotShape(chart: Chart): string {
  const lines = chart.lines.map(({ run, unit, role, axis, marked }) => [run, unit, role, axis, marked]);
  return JSON.stringify([chart.id, lines]);
}

/**
 * Draws a chart into an element.
 * @param onPlace hears the place under the pointer; null when it leaves
 */
export function makePlot(
  chart: Chart,
  theme: Theme,
  into: HTMLElement,
  size: { width: number; height: number },
  onPlace: (x: number | null) => void,
): uPlot {
  const right = chart.lines.some(({ axis }) => axis === 'right');
  const options: uPlot.Options = {
    ...size,
    ms: 1e-3,
    padding: [8, right ? 0 : 12, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: (_plot, low, high) => (low === high ? [low - 1, high + 1] : [low, high]) },
      left: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
      right: { range: (_plot, low, high) => [Math.floor(low - 5), Math.ceil(high + 5)] },
    },
    axes: axesOf(theme, right),
    series: [{}, ...chart.lines.flatMap(line => seriesOf(line, theme))],
    bands: chart.lines.flatMap((line, index): uPlot.Band[] => {
      const [low, high] = [index * 3 + 2, index * 3 + 3];
      return line.role === 'main' ? [{ series: [high, low], fill: strokeOf(line, theme).band }] : [];
    }),
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 7, fill: theme.palette.background, width: 2 },
    },
    hooks: {
      setCursor: [
        plot => {
          const { left = -1 } = plot.cursor;
          onPlace(left < 0 ? null : plot.posToVal(left, 'x'));
        },
      ],
    },
  };
  return new uPlot(options, plotData(chart), into);
}

function axesOf({ palette, font }: Theme, right: boolean): uPlot.Axis[] {
  const common: uPlot.Axis = {
    stroke: palette.muted,
    font: `${axisFontPx}px ${font}`,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
  };
  const axes: uPlot.Axis[] = [
    { ...common, grid: { show: false }, gap: 4, size: 24 },
    { ...common, scale: 'left', gap: 6, size: 46, space: 40 },
  ];
  if (right)
    axes.push({
      ...common,
      scale: 'right',
      side: 1,
      grid: { show: false },
      gap: 6,
      size: 46,
      space: 40,
      values: (_plot, splits) => splits.map(split => `${split} °C`),
    });
  return axes;
}

function strokeOf({ run }: Line, { palette }: Theme) {
  return palette.runs[run] ?? { colour: palette.foreground, band: 'transparent', dash: [], parts: [] };
}

function seriesOf(line: Line, theme: Theme): uPlot.Series[] {
  const stroke = strokeOf(line, theme);
  const heat = line.unit === '°C';
  const second = line.role === 'second';
  const middle: uPlot.Series = {
    scale: line.axis,
    stroke: heat ? theme.palette.heat : stroke.colour,
    width: second ? 1 : 1.5,
    dash: [...(second && !heat ? [2, 2] : stroke.dash)],
    spanGaps: false,
    points: line.marked ? { show: true, size: 6, fill: stroke.colour } : { show: false },
  };
  const edge: uPlot.Series = { scale: line.axis, width: 0, points: { show: false } };
  return [middle, edge, { ...edge }];
}
