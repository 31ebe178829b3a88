import type { Point } from './statistics';

/** Units of axes. */
export type Unit = 'tok/s' | '°C' | 'ms' | 'MiB' | 'GB';

export interface Line {
  /** For legends and tables: what it is, of which run. */
  readonly name: string;
  /** Index of its run or model, which decides its colour and its dashes. */
  readonly run: number;
  readonly unit: Unit;
  readonly role: 'main' | 'second';
  readonly axis: 'left' | 'right';
  /** Whether each point is marked: where there are few, and what lies between is not known. */
  readonly marked: boolean;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** Of the horizontal axis, with its unit. */
  readonly xName: string;
  readonly xUnit: 's' | 'tokens' | 'token' | 'px';
  readonly lines: readonly Line[];
  /** Why there is no line; null where there is one. */
  readonly empty: string | null;
  /** What the drawing does not say. */
  readonly remarks: readonly string[];
}

/** One bar: the medians of the parts of a time. */
export interface StackedBar {
  readonly key: string;
  /** Index of its run or model, which decides its colours. */
  readonly run: number;
  /** All that it is. */
  readonly label: string;
  /** What the bars of one run differ in. */
  readonly where: string;
  /** Median of the whole, which the medians of the parts need not add up to. */
  readonly ttftMs: number;
  /** In the order of the parts' names; null where a part was not timed. */
  readonly partsMs: readonly (number | null)[];
}
