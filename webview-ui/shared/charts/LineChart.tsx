import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { ChartFrame } from './ChartFrame';
import type { Chart } from './chart';
import { makePlot, plotData, plotShape } from './plot';
import { nearestPoint, placesOf, placeWords, pointWords, reachOf, readingAt } from './reading';
import type { Theme } from './theme';

const heightPx = 200;

interface Props {
  chart: Chart;
  theme: Theme;
  /** What is not there may still come. */
  running: boolean;
}

/** A chart of lines, read with the pointer or, focused, with the arrow keys. */
export function LineChart({ chart, theme, running }: Props) {
  const [place, setPlace] = useState<number | null>(null);
  const reading = place === null ? '' : readingAt(chart, place);
  return (
    <ChartFrame
      title={chart.title}
      reading={reading}
      empty={chart.empty && (running ? 'Draws with the first measured prompt.' : chart.empty)}
      remarks={chart.remarks}
      chart={<Plot chart={chart} theme={theme} place={place} reading={reading} onPlace={setPlace} />}
      table={() => <LineTable chart={chart} />}
    />
  );
}

interface PlotProps extends Omit<Props, 'running'> {
  place: number | null;
  reading: string;
  onPlace: (place: number | null) => void;
}

function Plot({ chart, theme, place, reading, onPlace }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const places = useMemo(() => placesOf(chart), [chart]);
  const shape = plotShape(chart);
  const latest = useRef({ chart, onPlace });
  latest.current = { chart, onPlace };

  // A new shape or theme needs a new plot; new data of the same shape does not.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const size = { width: Math.max(element.clientWidth, 120), height: heightPx };
    const made = makePlot(latest.current.chart, theme, element, size, x => latest.current.onPlace(x));
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: Math.max(element.clientWidth, 120), height: heightPx });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, theme]);
  useEffect(() => {
    plot.current?.setData(plotData(chart));
  }, [chart]);

  const read = (x: number | undefined) => {
    const made = plot.current;
    if (!made || x === undefined) return;
    made.setCursor({ left: made.valToPos(x, 'x'), top: 0 });
    onPlace(x);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = place === null ? -1 : nearestIndex(places, place);
    const last = places.length - 1;
    if (event.key === 'ArrowRight') read(places[Math.min(at + 1, last)]);
    else if (event.key === 'ArrowLeft') read(places[at < 0 ? last : Math.max(at - 1, 0)]);
    else if (event.key === 'PageDown') read(places[Math.min(at + 10, last)]);
    else if (event.key === 'PageUp') read(places[Math.max(at - 10, 0)]);
    else if (event.key === 'Home') read(places[0]);
    else if (event.key === 'End') read(places[last]);
    else if (event.key === 'Escape') {
      plot.current?.setCursor({ left: -10, top: -10 });
      onPlace(null);
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${chart.title}; arrow keys read the points`}
      aria-valuemin={places[0] ?? 0}
      aria-valuemax={places.at(-1) ?? 0}
      aria-valuenow={place ?? places[0] ?? 0}
      aria-valuetext={reading || `${places.length} points`}
      onKeyDown={onKeyDown}
    />
  );
}

function nearestIndex(places: readonly number[], x: number): number {
  let best = 0;
  for (const [index, other] of places.entries())
    if (Math.abs(other - x) < Math.abs((places[best] ?? other) - x)) best = index;
  return best;
}

/** The points of a chart as rows. */
function LineTable({ chart }: { chart: Chart }) {
  const reach = reachOf(chart);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{chart.xName}</th>
          {chart.lines.map(({ name, unit }) => (
            <th key={name} scope="col">{`${name}, ${unit}`}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {placesOf(chart).map(x => (
          <tr key={x}>
            <th scope="row">{placeWords(chart, x)}</th>
            {chart.lines.map(line => {
              const point = nearestPoint(line, x, reach);
              return <td key={line.name}>{point ? pointWords(line, point) : '–'}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
