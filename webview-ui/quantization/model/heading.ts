import { quantizedColumn } from '../../../src/protocol/quantization';
import { nameForPeople } from '../../shared/text';
import type { Column, Layer } from './layers';
import { summaryOf } from './summary';
import type { Measured, ViewModel } from './viewModel';

interface Shown {
  readonly layers: readonly Layer[];
  readonly columns: readonly Column[];
  readonly sortedColumn: number | null;
  readonly thresholdDb: number;
}

/**
 * The heading of the panel: the summary of the column sorted by, else of the model as it was quantized or of the recipe
 * where they are measured, else of the first column that is; before the first figure, what is going on.
 */
export function headingOf({ state, model, compared }: ViewModel, shown: Shown): string {
  if (!model) return 'Quantization';
  const calibration = state?.calibration ?? null;
  const sorted = shown.columns[(shown.sortedColumn ?? 0) - 1];
  const own = [quantizedColumn, 'recipe'].map(scheme =>
    shown.columns.find(column => column.side === 'model' && column.scheme === scheme),
  );
  for (const column of [sorted, ...own, ...shown.columns]) {
    if (!column) continue;
    const measured = column.side === 'model' ? model : compared;
    if (!measured) continue;
    const source = measured.report?.calibration.source ?? sourceWhileRunning(measured, calibration);
    const summary = summaryOf({ ...shown, tables: measured.tables, column, source });
    if (summary !== null)
      return column.side === 'model' ? summary : `${nameForPeople(measured.name)}: ${summary}`;
  }
  const name = nameForPeople(model.name);
  return model.run.state === 'running' ? `Measuring ${name}…` : `Quantization of ${name}`;
}

/** Known before the report is there: no headline is made of random inputs while they are measured either. */
function sourceWhileRunning({ usualSamples }: Measured, calibration: string | null) {
  return calibration === null && usualSamples === 'random' ? 'random' : null;
}
