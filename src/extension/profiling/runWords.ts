import { l10n } from 'vscode';
import type { ListedRun } from '../../protocol/runFiles';

/**
 * A kept run in a line: its rate, build, target and date, as far as they are known.
 * @param baseline whether others are held against it
 */
export function describeRun(run: ListedRun, baseline: boolean): string {
  const { decodeTokensPerSecond, precision, target, date, kind, status } = run;
  const words = [
    baseline ? l10n.t('baseline') : null,
    decodeTokensPerSecond === null ? null : `${decodeTokensPerSecond.toFixed(1)} tok/s`,
    precision,
    target,
    date === null ? null : dateWords(date),
    kind === 'imported' ? l10n.t('imported') : kind === 'simulation' ? l10n.t('simulation') : null,
    status === 'complete' ? null : l10n.t('partial'),
  ];
  return words.filter(word => word !== null).join(' · ');
}

/** `2026-11-21 16:20`, in the time zone of the machine. */
export function dateWords(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
