import type { TargetFacts } from '../protocol/profile';

/**
 * The targets as text to be copied into a report of a problem: one fact a line. The machine's name is left out, since it
 * may name its owner.
 * @param program name and version
 */
export function diagnosticsText(program: string, targets: readonly TargetFacts[]): string {
  const [first] = targets;
  const machine = first === undefined ? [] : machineLines(first);
  return `${[program, ...machine, ...targets.flatMap(targetLines)].join('\n')}\n`;
}

function machineLines({ device, versions, sample, threads }: TargetFacts): string[] {
  const { os, arch, processor, cores, memoryBytes } = device;
  return [
    `system: ${os ?? 'unknown'}, ${arch ?? 'unknown'}`,
    `processor: ${processor ?? 'unknown'}, ${cores ?? 'unknown'} cores, ${threads} threads by default`,
    `memory: ${memoryBytes === null ? 'unknown' : `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`}`,
    ...Object.entries(versions).map(([name, version]) => `${name}: ${version}`),
    `clock: ${sample.clockMhz === null ? 'not readable' : `${Math.round(sample.clockMhz)} MHz`}`,
    `temperature: ${temperatureText(sample.temperaturesC)}`,
  ];
}

/** The hottest sensor, with its name. */
export function temperatureText(temperatures: Readonly<Record<string, number>> | null): string {
  const [hottest] = Object.entries(temperatures ?? {}).sort(([, a], [, b]) => b - a);
  return hottest === undefined ? 'not readable' : `${hottest[1].toFixed(1)} °C (${hottest[0]})`;
}

function targetLines({ id, available, missing }: TargetFacts): string[] {
  const state = available ? 'available' : 'not available';
  return [`${id}: ${state}`, ...missing.map(missingLine)];
}

function missingLine({ what, reason, fix }: TargetFacts['missing'][number]): string {
  return `  ${what}: ${reason}${fix === null ? '' : ` (${fix})`}`;
}
