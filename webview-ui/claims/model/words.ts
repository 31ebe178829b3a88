import type { ClaimsReport, Measured } from '../../../src/protocol/claims';
import { formatMs, formatRate } from '../../shared/format';

/** The middle of a figure with its unit, or why there is none. */
export function msWords(figure: Measured): string {
  return figure.measured ? formatMs(figure.median) : figure.reason;
}

export function rateWords(figure: Measured): string {
  return figure.measured ? formatRate(figure.median) : figure.reason;
}

/** `2.4 ×`, how many times one is of the other; '' where either is not known. */
export function ratioWords(above: number | null, below: number | null): string {
  return above !== null && below !== null && below > 0 ? `${(above / below).toFixed(1)} ×` : '';
}

export function middle(figure: Measured): number | null {
  return figure.measured ? figure.median : null;
}

/** Bytes in powers of 1000, as memory budgets are given: `24.6 kB`, `1.69 GB`. */
export function bytesWords(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} B`;
}

export function countWords(count: number): string {
  return count.toLocaleString('en-US');
}

/** Names of both models. */
export function namesOf({ contenders: [ours, baseline] }: ClaimsReport): [string, string] {
  return [ours.name, baseline.name];
}

/** What ran, in a line. */
export function runWords({ precision, threads, repeats, status, date }: ClaimsReport): string {
  const words = [
    `random weights, encoders in fp32, decoders in ${precision}`,
    `${threads} thread${threads === 1 ? '' : 's'}`,
    `medians of ${status === 'partial' ? 'up to ' : ''}${repeats} after a warm-up, in turns`,
    date.slice(0, 10),
  ];
  return [...(status === 'partial' ? ['partial'] : []), ...words].join(' · ');
}

/** Where it ran, with versions, a line each. */
export function machineWords({ machine, versions, notes }: ClaimsReport): string {
  return [
    `${machine.processor}, ${machine.cores} cores, ${bytesWords(machine.memoryBytes)} of memory`,
    machine.os,
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    ...notes,
  ].join('\n');
}
