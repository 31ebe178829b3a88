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
  /** The cell whose details were asked for, and the answer once it is there. */
  detail: { cell: CellAddress; outcome: UnitDetailOutcome | null } | null;
  notice: string | null;
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
      const announcement = ending(model.model, measured) ?? model.announcement;
      return { ...model, state, model: measured, compared: compared && toMeasured(compared), announcement };
    }
    case 'event': {
      const side = model[message.side];
      // An event that was overtaken by the end of its run must not start it again.
      if (side?.run.state !== 'running') return model;
      return { ...model, [message.side]: advance(side, message.event) };
    }
    case 'recipe':
      return model.state ? { ...model, state: { ...model.state, recipe: message.recipe } } : model;
    case 'detailAsked':
      return { ...model, detail: { cell: message.cell, outcome: null } };
    case 'detail':
      if (!model.detail || !sameCell(model.detail.cell, message.cell)) return model;
      return { ...model, detail: { cell: message.cell, outcome: message.outcome } };
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

/** What to say when a run that was going on no longer is; null when nothing ended. */
function ending(before: Measured | null, now: Measured): string | null {
  if (before?.run.state !== 'running' || now.run.state === 'running') return null;
  if (now.run.state === 'failed') return `Measurement failed: ${now.run.failure.message}`;
  if (now.run.state === 'cancelled') return 'Measurement cancelled; what is measured stays.';
  return `${nameForPeople(now.name)} is measured.`;
}
