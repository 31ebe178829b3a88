import { version } from '../../../package.json';
import { diagnosticsText, temperatureText } from '../../devices/diagnostics';
import { describeTargets } from '../../devices/targetFacts';
import type { TargetFacts } from '../../protocol/profile';
import type { Command, Given, Terminal } from '../command';

/** Shows where a model can run. */
export const devicesCommand: Command = {
  name: 'devices',
  summary: 'show where a model can run, and what is missing elsewhere',
  arguments: [],
  options: {
    diagnostics: { description: 'plain facts to copy into a report, without the name of the machine' },
    json: { description: 'everything as JSON' },
  },
  notes: ['A target counts as available once a test graph has run on it, whatever ONNX Runtime lists.'],
  run: runDevices,
};

async function runDevices(given: Given, terminal: Terminal): Promise<void> {
  const targets = await describeTargets();
  if (given.flags.has('json')) terminal.stdout.write(`${JSON.stringify(targets, null, 2)}\n`);
  else if (given.flags.has('diagnostics'))
    terminal.stdout.write(diagnosticsText(`autoneural-studio ${version}`, targets));
  else terminal.stdout.write(devicesTable(targets));
}

function devicesTable(targets: readonly TargetFacts[]): string {
  const [first] = targets;
  const width = Math.max(...targets.map(({ id }) => id.length));
  const rows = targets.map(({ id, available, missing }) => {
    const why = missing.find(({ what }) => what === 'provider');
    const state = available ? 'available' : `not available: ${why?.reason}${why?.fix ? `; ${why.fix}` : ''}`;
    return `${id.padEnd(width)}  ${state}\n`;
  });
  return `${first === undefined ? '' : `${machine(first)}\n`}${rows.join('')}`;
}

function machine({ device, threads, versions, sample }: TargetFacts): string {
  const gibibytes = device.memoryBytes === null ? '' : `, ${(device.memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  const clock = sample.clockMhz === null ? 'not readable' : `${Math.round(sample.clockMhz)} MHz`;
  return [
    `${device.processor ?? 'unknown processor'}, ${device.cores} cores (${threads} ${threads === 1 ? 'thread' : 'threads'} by default)${gibibytes}`,
    `${device.os}, ${device.arch}; ${Object.entries(versions)
      .map(([name, number]) => `${name} ${number}`)
      .join(', ')}`,
    `temperature ${temperatureText(sample.temperaturesC)}, clock ${clock}`,
    '',
  ].join('\n');
}
