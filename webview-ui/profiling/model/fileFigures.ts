import type { RunFigure } from '../../../src/protocol/runFigure';
import type { RunRecord } from '../../../src/protocol/runRecord';
import { nameForPeople } from '../../shared/text';
import type { ChartRun } from './charts';

/** The figures of an imported file as a table: the names and units are those of the program that measured. */
export interface FileFigures {
  /** Id and name of the run that they are of. */
  readonly id: string;
  readonly name: string;
  readonly heads: readonly string[];
  /** Name, unit, then a cell for each further head; `–` where the file gives none. */
  readonly rows: readonly (readonly string[])[];
}

/** What a figure may come with; `context` and `n` are counts, the others have the figure's unit. */
const columns = [
  ['context', 'context'],
  ['cold', 'first call'],
  ['median', 'median'],
  ['p10', 'p10'],
  ['p90', 'p90'],
  ['mean', 'mean'],
  ['stdev', 'deviation'],
  ['min', 'least'],
  ['max', 'most'],
  ['n', 'n'],
] as const satisfies readonly (readonly [keyof RunFigure, string])[];

/** One table for each run that has figures of its file; columns that none of them fills are left out. */
export function fileFiguresOf(runs: readonly ChartRun[]): FileFigures[] {
  return runs.flatMap(({ name, record }) => {
    const { figures = [] } = record;
    if (figures.length === 0) return [];
    const filled = columns.filter(([field]) => figures.some(figure => figure[field] !== null));
    const rows = figures.map(figure => [
      nameForPeople(figure.name),
      figure.unit === 'count' ? '' : figure.unit,
      ...filled.map(([field]) => cell(figure[field], counted.has(field) || counted.has(figure.unit))),
    ]);
    return [{ id: record.id, name, heads: ['Figure', 'unit', ...filled.map(([, head]) => head)], rows }];
  });
}

/** Whether there is anything to draw or to list: a run of another program may have figures and nothing else. */
export function hasContent({ repetitions, samples, operatorPass, summaries, figures }: RunRecord): boolean {
  const parts = [repetitions, samples, summaries, figures ?? []];
  return operatorPass !== null || parts.some(({ length }) => length > 0);
}

/** Columns and units whose values are whole numbers. */
const counted: ReadonlySet<string> = new Set(['context', 'n', 'count', 'cycles', 'bytes']);

/** Four figures that count, whole numbers whole. */
function cell(value: number | null, whole: boolean): string {
  if (value === null) return '–';
  if (value >= 1000 || (whole && Number.isInteger(value))) return value.toFixed(0);
  return value < 1e-4 && value > 0 ? value.toExponential(2) : value.toPrecision(4);
}
