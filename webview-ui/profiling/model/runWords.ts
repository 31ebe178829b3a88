import type { RunRecord } from '../../../src/protocol/runRecord';
import { nameForPeople } from '../../shared/text';

const kinds: Readonly<Record<RunRecord['provenance']['kind'], string>> = {
  device: 'measured on the device',
  simulation: 'simulated: says nothing of an NPU’s speed',
  imported: 'imported',
};

/** `5 × after 1 warm-up · measured on the device`. */
export function runWords({ provenance, settings, status }: RunRecord): string {
  const { kind, source } = provenance;
  const words: string[] = [];
  if (status !== 'complete') words.push(status === 'cancelled' ? 'cancelled, partial' : 'failed, partial');
  const { repetitions, warmUps } = settings;
  if (repetitions !== null)
    words.push(
      `${repetitions} ×${warmUps === null ? '' : ` after ${warmUps} ${warmUps === 1 ? 'warm-up' : 'warm-ups'}`}`,
    );
  words.push(kind === 'imported' && source ? `imported from ${nameForPeople(source.format)}` : kinds[kind]);
  return words.join(' · ');
}

/** Everything that the record says of where it comes from, a line each. */
export function runWordsAtLength({ provenance, settings, statusReason, notes, loads }: RunRecord): string {
  const { model, device, versions, target } = provenance;
  const line = (name: string, value: string | number | null) => (value === null ? [] : [`${name}: ${value}`]);
  const loaded = loads.map(({ kind, ms }) => `${kind} ${ms.toFixed(0)} ms`).join(', ');
  return [
    ...line('Date', provenance.date),
    ...line('Program', provenance.program),
    ...line('Model', model.name),
    ...line('SHA-256', model.sha256),
    ...line('Precision', provenance.precision),
    ...line('Target', target.label ?? target.id),
    ...line('Machine', device.name),
    ...line('Processor', device.processor),
    ...line('System', device.os),
    ...line('Threads', provenance.threads),
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    ...line('Picture', settings.picture?.name ?? null),
    ...line('Question', settings.question),
    ...line('Load', loaded === '' ? null : loaded),
    ...line('Not complete', statusReason),
    ...notes,
  ]
    .map(nameForPeople)
    .join('\n');
}
