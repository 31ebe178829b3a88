import { formatMs, formatRate } from '../format';
import type { Chart, Line, Unit } from './chart';
import type { Point } from './statistics';

const formats: Readonly<Record<Unit, (value: number) => string>> = {
  'tok/s': formatRate,
  '°C': value => `${value.toFixed(1)} °C`,
  ms: formatMs,
  MiB: value => `${value.toFixed(value < 100 ? 1 : 0)} MiB`,
  GB: value => `${value.toFixed(2)} GB`,
};

/** A place on the horizontal axis in words. */
export function placeWords({ xUnit }: Chart, x: number): string {
  if (xUnit === 's') return `${x.toFixed(x < 10 ? 2 : 1)} s`;
  if (xUnit === 'px') return `${Math.round(x)} px`;
  return xUnit === 'tokens' ? `context ${Math.round(x)}` : `token ${Math.round(x)}`;
}

/** A value with its band: `301 tok/s (280–310)`; the band has units where they differ from the value's. */
export function pointWords({ unit }: Line, { y, low, high }: Point): string {
  const format = formats[unit];
  const middle = format(y);
  if (low === null || high === null) return middle;
  const own = middle.split(' ')[1];
  const [from, to] = [format(low), format(high)];
  const same = [from, to].every(text => text.split(' ')[1] === own);
  return same ? `${middle} (${from.split(' ')[0]}–${to.split(' ')[0]})` : `${middle} (${from}–${to})`;
}

/** The point of a line that is nearest to a place; null where the line does not come near it. */
export function nearestPoint({ points }: Line, x: number, reach: number): Point | null {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.x ?? 0) < x) low = middle;
    else high = middle;
  }
  const [one, two] = [points[low], points[high]];
  if (!one || !two) return null;
  const nearer = Math.abs(one.x - x) <= Math.abs(two.x - x) ? one : two;
  return Math.abs(nearer.x - x) <= reach ? nearer : null;
}

/** All lines at one place: `4.21 s · this run 301 tok/s (280–310) · temperature 61.0 °C`. */
export function readingAt(chart: Chart, x: number): string {
  const reach = reachOf(chart);
  const several = chart.lines.length > 1;
  const words = chart.lines.flatMap(line => {
    const point = nearestPoint(line, x, reach);
    return point ? [(several ? `${line.name} ` : '') + pointWords(line, point)] : [];
  });
  return [placeWords(chart, x), ...words].join(' · ');
}

/** Every place where a line has a point, ascending: the stops of the arrow keys and the rows of the table. */
export function placesOf(chart: Chart): number[] {
  const main = chart.lines.filter(({ role }) => role === 'main');
  const xs = new Set(
    (main.length > 0 ? main : chart.lines).flatMap(({ points }) => points.map(({ x }) => x)),
  );
  return [...xs].sort((one, other) => one - other);
}

/** How far from a place a point may stand to be read there. */
export function reachOf(chart: Chart): number {
  const xs = chart.lines.flatMap(({ points }) => [points[0]?.x ?? 0, points.at(-1)?.x ?? 0]);
  return Math.max((Math.max(...xs) - Math.min(...xs)) / 50, 0.5);
}
