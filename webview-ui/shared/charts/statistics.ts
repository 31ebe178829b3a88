/** A value at a place on the horizontal axis. */
export interface Sample {
  readonly x: number;
  readonly y: number;
}

/** What a chart draws at one place: the middle, and the band around it where more than one value stood there. */
export interface Point extends Sample {
  readonly low: number | null;
  readonly high: number | null;
  readonly mean: number;
  /** Values behind it. */
  readonly n: number;
}

/**
 * Quantile by linear interpolation, as the summaries of a run record are made.
 * @param sorted ascending, not empty
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (place - below);
}

/** The middle of some values; null of none. */
export function median(values: readonly number[]): number | null {
  return values.length === 0 ? null : quantile(Float64Array.from(values).sort(), 0.5);
}

/**
 * One point for each column that holds samples, so that a chart draws no more points than it has pixels: the median,
 * with p10 and p90 where the column holds more than one. The point stands at the middle of its samples.
 * @param samples ascending in x
 */
export function inColumns(samples: readonly Sample[], columns: number): Point[] {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last) return [];
  if (samples.length <= columns)
    return samples.map(({ x, y }) => ({ x, y, mean: y, low: null, high: null, n: 1 }));
  const width = (last.x - first.x) / columns || 1;
  // The last sample stands on the edge of the last column, not in one of its own.
  const columnOf = ({ x }: Sample) => Math.min(Math.floor((x - first.x) / width), columns - 1);
  const points: Point[] = [];
  let begin = 0;
  while (begin < samples.length) {
    const column = columnOf(samples[begin] ?? last);
    let end = begin + 1;
    while (end < samples.length && columnOf(samples[end] ?? last) === column) end++;
    points.push(pointOf(samples.slice(begin, end)));
    begin = end;
  }
  return points;
}

/** Several values that belong to one place. Not empty. */
export function pointOf(samples: readonly Sample[]): Point {
  const values = Float64Array.from(samples, ({ y }) => y).sort();
  const spread = values.length > 1;
  return {
    x: ((samples[0]?.x ?? 0) + (samples.at(-1)?.x ?? 0)) / 2,
    y: quantile(values, 0.5),
    low: spread ? quantile(values, 0.1) : null,
    high: spread ? quantile(values, 0.9) : null,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    n: values.length,
  };
}
