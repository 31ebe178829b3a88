import type { RunRecord } from '../../../src/protocol/runRecord';

/** What runs are called where they lie over each other: those of one name by when they began, too. */
export function distinctNames(records: readonly RunRecord[]): string[] {
  const named = records.map(({ name }) => name);
  const dated = records.map(({ name, provenance }, index) =>
    isTwice(named, index) && provenance.date !== null ? `${name}, ${timeOf(provenance.date)}` : name,
  );
  return dated.map((name, index) => (isTwice(dated, index) ? `${name}, ${records[index]?.id}` : name));
}

function isTwice(names: readonly string[], index: number): boolean {
  return names.indexOf(names[index] ?? '') !== index || names.lastIndexOf(names[index] ?? '') !== index;
}

/** `2026-11-21 16:20:05`, in the time zone of the machine. */
function timeOf(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
