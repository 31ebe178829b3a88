import type { RunFigure } from '../protocol/runFigure';
import type { OperatorPass, RunOperator, RunRecord } from '../protocol/runRecord';

/** Operators that are shown; the record has all. */
const shownOperators = 10;

/** An imported run for a reader: whose it is, every figure as its program gave it, and what is not there and why. */
export function importedTable(run: RunRecord): string {
  const { operatorPass, figures = [], unmeasured, notes } = run;
  const sections = [
    origin(run),
    figures.length === 0 ? '' : figureTable(figures),
    operatorPass === null ? '' : operatorTable(operatorPass),
    [
      ...unmeasured.map(({ what, reason }) => `not known: ${what}. ${reason}\n`),
      ...notes.map(note => `note: ${note}\n`),
    ].join(''),
  ];
  return sections.filter(section => section !== '').join('\n');
}

function origin({ name, provenance, loads }: RunRecord): string {
  const { source, program, date, model, versions, target, device, threads } = provenance;
  const facts = [
    program,
    ...Object.entries(versions).map(([library, version]) => `${library} ${version}`),
    model.name,
    target.label,
    device.processor,
    threads === null ? null : `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    date,
  ].filter(fact => fact !== null);
  const times = loads.map(({ kind, ms }) => `${kind} ${number(ms)} ms`);
  const lines = [
    name,
    `imported (${source?.format ?? 'unknown format'}), not measured by this program`,
    ...(facts.length > 0 ? [facts.join('; ')] : []),
    ...(times.length > 0 ? [`load: ${times.join('; ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const columns = ['context', 'first', 'median', 'p10', 'p90', 'mean', 'n'] as const;

function figureTable(figures: readonly RunFigure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const row = (name: string, unit: string, cells: readonly string[]) =>
    `${name.padEnd(width)}  ${unit.padEnd(7)}${cells.map(cell => cell.padStart(11)).join('')}\n`;
  const rows = figures.map(({ name, unit, context, cold, median, p10, p90, mean, n }) =>
    row(name, unit, [context, cold, median, p10, p90, mean, n].map(number)),
  );
  return `${row('figure', '', columns)}${rows.join('')}`;
}

function operatorTable({ operators }: OperatorPass): string {
  const size = ({ timeUs, cycles }: RunOperator) => timeUs ?? cycles ?? 0;
  const slowest = operators.toSorted((a, b) => size(b) - size(a)).slice(0, shownOperators);
  const named = ({ layer, op }: RunOperator) => (op === null ? layer : `${layer} (${op})`);
  const width = Math.max(...slowest.map(one => named(one).length));
  const lines = slowest.map(one => {
    const { timeUs, cycles, estimated, calls, provider } = one;
    const time = timeUs === null ? `${number(cycles)} cycles` : `${number(timeUs / 1000)} ms`;
    const facts = [
      estimated ? 'estimated' : '',
      calls === null ? '' : `${calls} ${calls === 1 ? 'call' : 'calls'}`,
      provider ?? '',
    ];
    return `${named(one).padEnd(width)}${time.padStart(20)}  ${facts.filter(fact => fact !== '').join(', ')}\n`;
  });
  const title = `${Math.min(shownOperators, operators.length)} of ${operators.length} operators, the slowest first`;
  return `${title}\n${lines.join('')}`;
}

/** Four figures that count, whole numbers whole; a dash for what is not known. */
function number(value: number | null): string {
  if (value === null) return '-';
  return Number.isInteger(value) || value >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}
