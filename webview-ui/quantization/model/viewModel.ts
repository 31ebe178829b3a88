import type { InspectionEvent, UnitDetailOutcome } from '../../../src/protocol/quantization';
import type {
  CellAddress,
  Inspection,
  QuantizationViewState,
  ToQuantizationView,
} from '../../../src/protocol/quantizationView';
import { nameForPeople } from '../../shared/text';
import { applyEvent, type GraphTable, tablesOf } from './table';

/** The latest `status` of a run. */
export type Progress = Omit<Extract<InspectionEvent, { type: 'status' }>, 'type'>;

/** One model's figures so far, without the events they come from. */
export interface Measured extends Omit<Inspection, 'events'> {
  tables: readonly GraphTable[];
  progress: Progress | null;
}

/** Everything the extension has said. Changed only by {@link applyMessage}. */
export interface ViewModel {
  /** Null until the extension has spoken. */
  state: Omit<QuantizationViewState, 'model' | 'compared'> | null;
  model: Measured | null;
  compared: Measured | null;
  /** The cell whose details are open, what was last said of it, and whether an answer is on its way. */
  detail: { cell: CellAddress; outcome: UnitDetailOutcome | null; asked: boolean } | null;
  notice: string | null;
  /** Counts the runs that came to their end while the view looked on. */
  finishedRuns: number;
  /** For screen readers: said once. */
  announcement: string;
  /** Counts requests to show what a rule names. */
  reveal: { serial: number; match: string };
}

export const initialModel: ViewModel = {
  state: null,
  model: null,
  compared: null,
  detail: null,
  notice: null,
  finishedRuns: 0,
  announcement: '',
  reveal: { serial: 0, match: '' },
};

export type ViewMessage =
  | ToQuantizationView
  | { type: 'dismissNotice' }
  | { type: 'detailAsked'; cell: CellAddress }
  | { type: 'detailClosed' };

/** The model after one message of the extension (or of the view to itself). */
export function applyMessage(model: ViewModel, message: ViewMessage): ViewModel {
  switch (message.type) {
    case 'state': {
      const { model: inspection, compared, ...state } = message.state;
      const measured = toMeasured(inspection);
      const ended = ending(model.model, measured);
      const other = compared && toMeasured(compared);
      const finished = isFinished(model.model, measured) || isFinished(model.compared, other);
      return {
        ...model,
        state,
        model: measured,
        compared: other,
        announcement: ended ?? model.announcement,
        finishedRuns: model.finishedRuns + Number(finished),
      };
    }
    case 'event': {
      const side = model[message.side];
      // An event that was overtaken by the end of its run must not start it again.
      if (side?.run.state !== 'running') return model;
      return { ...model, [message.side]: advance(side, message.event) };
    }
    case 'recipe':
      return model.state ? { ...model, state: { ...model.state, recipe: message.recipe } } : model;
    case 'detailAsked': {
      const { cell } = message;
      const known = model.detail && sameCell(model.detail.cell, cell) ? model.detail.outcome : null;
      return { ...model, detail: { cell, outcome: known?.ok ? known : null, asked: true } };
    }
    case 'detail':
      if (!model.detail || !sameCell(model.detail.cell, message.cell)) return model;
      return { ...model, detail: { cell: message.cell, outcome: message.outcome, asked: false } };
    case 'detailClosed':
      return { ...model, detail: null };
    case 'reveal':
      return { ...model, reveal: { serial: model.reveal.serial + 1, match: message.match } };
    case 'notice':
      return { ...model, notice: message.message };
    case 'dismissNotice':
      return { ...model, notice: null };
  }
}

/** Whether the last run ended for want of sizes or numbers, or with some that can be changed. */
export function asksForInputs(measured: Measured): boolean {
  return measured.run.state === 'failed' && hasInputs(measured) && !asksForOriginal(measured);
}

/** Whether the model leaves something of its inputs open. */
export function hasInputs({ openInputs, valueInputs }: Measured): boolean {
  return openInputs.length > 0 || valueInputs.length > 0;
}

/** Whether any column is measured: rows come first. */
export function hasFigures({ tables }: Measured): boolean {
  return tables.some(({ figures }) => figures.size > 0);
}

/** Whether the last run ended for want of the float model, or with the wrong one. */
export function asksForOriginal({ run }: Measured): boolean {
  return run.state === 'failed' && run.failure.original !== undefined;
}

/** Whether the last run ended with something that a person was never asked, which is no failure. */
export function asksFirst({ run, shapes, values, original }: Measured): boolean {
  if (run.state !== 'failed') return false;
  const { openInputs, valueInputs } = run.failure;
  if (run.failure.original) return original === null;
  if (!openInputs && !valueInputs) return false;
  const isNew = (given: object) => Object.keys(given).length === 0;
  const newValue = valueInputs?.some(({ name }) => !Object.hasOwn(values, name)) ?? false;
  return openInputs ? isNew(shapes) : newValue;
}

function toMeasured({ events, ...inspection }: Inspection): Measured {
  const measured: Measured = { ...inspection, tables: tablesOf(inspection.report), progress: null };
  return events.reduce(advance, measured);
}

function advance(measured: Measured, event: InspectionEvent): Measured {
  if (event.type !== 'status') return { ...measured, tables: applyEvent(measured.tables, event) };
  const { type: _, ...progress } = event;
  return { ...measured, progress };
}

function sameCell(first: CellAddress, second: CellAddress): boolean {
  return (
    first.side === second.side &&
    first.graph === second.graph &&
    first.layer === second.layer &&
    first.scheme === second.scheme
  );
}

function isFinished(before: Measured | null, now: Measured | null): boolean {
  return before?.run.state === 'running' && now?.run.state === 'done';
}

/** What to say when a run that was going on no longer is; null when nothing ended. */
function ending(before: Measured | null, now: Measured): string | null {
  if (before?.run.state !== 'running' || now.run.state === 'running') return null;
  if (now.run.state === 'failed') return `Measurement failed: ${now.run.failure.message}`;
  if (now.run.state === 'cancelled') return 'Measurement cancelled; what is measured stays.';
  return `${nameForPeople(now.name)} is measured.`;
}
