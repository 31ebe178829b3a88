import { l10n } from 'vscode';
import type { TargetFacts } from '../../protocol/profile';

/** One line below a target: what it is, and its value; or what is missing, and how to come by it. */
export interface TargetFact {
  readonly name: string;
  readonly value: string;
  readonly missing: boolean;
}

/** What is known of a target, in the order in which people ask. */
export function factsOf(target: TargetFacts): TargetFact[] {
  const { device, threads, versions, sample, provider, missing } = target;
  const fact = (name: string, value: string | null): TargetFact[] =>
    value === null ? [] : [{ name, value, missing: false }];
  const cores =
    device.cores === null
      ? null
      : l10n.t('{0}; threads inside an operator: {1}', String(device.cores), String(threads));
  return [
    ...fact(l10n.t('Processor'), device.processor),
    ...fact(l10n.t('Cores'), cores),
    ...fact(l10n.t('Memory'), device.memoryBytes === null ? null : gibibytes(device.memoryBytes)),
    ...fact(l10n.t('Temperature'), temperature(sample.temperaturesC)),
    ...fact(l10n.t('Clock'), sample.clockMhz === null ? null : `${(sample.clockMhz / 1000).toFixed(2)} GHz`),
    ...fact(l10n.t('Provider'), provider),
    ...fact(l10n.t('System'), [device.os, device.arch].filter(Boolean).join(', ') || null),
    ...Object.entries(versions).flatMap(([name, version]) => fact(name, version)),
    ...missing.map(({ what, reason, fix }) => ({
      name: missingName(what),
      value: fix === null ? reason : `${reason} ${fix}`,
      missing: true,
    })),
  ];
}

function temperature(sensors: Readonly<Record<string, number>> | null): string | null {
  const [hottest] = Object.entries(sensors ?? {}).sort((one, other) => other[1] - one[1]);
  return hottest ? `${hottest[1].toFixed(0)} °C (${hottest[0]})` : null;
}

function missingName(what: string): string {
  if (what === 'temperaturesC') return l10n.t('Temperature');
  if (what === 'clockMhz') return l10n.t('Clock');
  return what === 'provider' ? l10n.t('Not available') : what;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
