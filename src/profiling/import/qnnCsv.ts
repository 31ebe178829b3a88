import { linesOf, numberIn, splitCells } from './delimited';
import { type ForeignFile, printable } from './foreignFile';
import type { TextFormat } from './format';
import { type QnnEvent, qnnUnit } from './qnnEvents';
import { draftOfQnn } from './qnnRun';

const columns = [
  'Msg Timestamp',
  'Message',
  'Time',
  'Unit of Measurement',
  'Timing Source',
  'Event Level',
  'Event Identifier',
] as const;
type Column = (typeof columns)[number];

/**
 * Events of QNN as CSV, from `qnn-profile-viewer --output x.csv` and from the option `profiling_file_path` of ONNX
 * Runtime's QNN provider, which appends session after session. Sources: InitCsvFile and ExtractProfilingEvent in
 * onnxruntime/core/providers/qnn/builder/qnn_backend_manager.cc and qnn_profile_serializer.cc; newer plugins add the
 * column `ONNX Source Ops`.
 */
export const qnnCsvFormat: TextFormat = {
  id: 'qnn-csv',
  label: 'a CSV of QNN events',
  recognises: head => headerIn(head) !== null,
  read: file => [draftOfQnn([...eventsOf(file)], null)],
};

interface Header {
  readonly line: string;
  readonly places: Readonly<Record<Column, number>>;
  readonly width: number;
}

/** The header may come after a few lines that the program says first. */
function headerIn(text: string): Header | null {
  let lines = 0;
  for (const line of linesOf(text.slice(0, 65_536))) {
    if (++lines > 20) return null;
    const cells = splitCells(line).map(cell => cell.trim());
    if (!columns.every(column => cells.includes(column))) continue;
    const places = Object.fromEntries(columns.map(column => [column, cells.indexOf(column)]));
    return { line, places: places as Record<Column, number>, width: cells.length };
  }
  return null;
}

function* eventsOf(file: ForeignFile): Generator<QnnEvent> {
  const header = headerIn(file.text);
  if (header === null) throw file.invalid('has no header of QNN events');
  let begun = false;
  let row = 0;
  for (const line of linesOf(file.text)) {
    if (line === header.line) begun = true;
    else if (begun) {
      const event = eventOf(file, header, splitCells(line), ++row);
      if (event !== null) yield event;
    }
  }
}

function eventOf(
  file: ForeignFile,
  { places, width }: Header,
  cells: readonly string[],
  row: number,
): QnnEvent | null {
  const surplus = cells.length - width;
  const place = places['Event Identifier'];
  if (cells.length <= place) throw file.invalid(`breaks off in event ${row}`);
  const cell = (column: Column) => (cells[places[column]] ?? '').trim();
  // The provider writes names without quotes, so a comma in one makes surplus cells.
  const identifier = printable(cells.slice(place, place + 1 + Math.max(0, surplus)).join(','));
  const unit = qnnUnit(cell('Unit of Measurement'));
  if (unit === null) return null;
  const value = numberIn(cell('Time'));
  if (value === null)
    throw file.invalid(`gives "${printable(cell('Time'), 40)}" as the time of event ${row} (${identifier})`);
  const below = cell('Event Level').toUpperCase() === 'SUB-EVENT';
  const operator =
    below && (unit === 'cycles' || /OpId_\d/.test(identifier) || cell('Message').toUpperCase() === 'NODE');
  const ofProgram = cell('Timing Source').toUpperCase() === 'NETRUN';
  return { identifier: named(identifier, cell('Message'), ofProgram), value, unit, operator, message: 0 };
}

/** Some backends give no identifier; then the message says what it is. The program names a graph alike in every phase. */
function named(identifier: string, message: string, ofProgram: boolean): string {
  const phase = printable(message, 60) || 'unnamed';
  if (identifier === '' || identifier === 'NULL') return phase;
  return ofProgram ? `${identifier} (${phase.toLowerCase()})` : identifier;
}
