/** What every benchmark reports: middle, tail and number of the values, and the machine they come from. */
import { cpus } from 'node:os';

export interface Summary {
  median: number;
  p90: number;
  minimum: number;
  maximum: number;
  n: number;
}

/** @throws RangeError without values; @returns quantiles by linear interpolation, in the unit of the values */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)];
    const high = sorted[Math.ceil(place)];
    if (low === undefined || high === undefined) throw new RangeError('A summary needs at least one value.');
    return low + (high - low) * (place - Math.floor(place));
  };
  return { median: at(0.5), p90: at(0.9), minimum: at(0), maximum: at(1), n: sorted.length };
}

export function describeSummary(
  what: string,
  unit: string,
  { median, p90, minimum, maximum, n }: Summary,
  decimals = 1,
): string {
  const numbers = [median, p90, minimum, maximum].map(value => value.toFixed(decimals));
  const [middle, tail, least, most] = numbers;
  return `${what.padEnd(44)} median ${middle} ${unit}, p90 ${tail}, ${least} to ${most}, n = ${n}`;
}

export function machine(): string {
  const processors = cpus();
  return `${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${process.platform} ${process.arch}`;
}

/** The number after a flag, or the default; e.g. `numberArgument('--n', 30)`. */
export function numberArgument(flag: string, otherwise: number): number {
  return numbersArgument(flag, [otherwise])[0] ?? otherwise;
}

/** The numbers after a flag, separated by commas, or the default; e.g. `--contexts 128,512`. */
export function numbersArgument(flag: string, otherwise: readonly number[]): readonly number[] {
  const at = process.argv.indexOf(flag);
  if (at < 0) return otherwise;
  const values = (process.argv[at + 1] ?? '').split(',').map(Number);
  if (values.some(value => !Number.isInteger(value) || value < 1))
    throw new RangeError(`${flag} takes whole numbers above 0.`);
  return values;
}
