import type { Graph } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import type {
  ColumnId,
  ErrorFigure,
  GraphReport,
  InspectionEvent,
  QuantizationSettings,
  Unmeasured,
} from '../../protocol/quantization';
import {
  calibratedValues,
  isUsable,
  planQuantizers,
  type SchemeOf,
  type Statistics,
} from '../graph/placement';
import { type InputSizes, type PlannedUnit, unitsOf } from '../graph/units';
import { type Wiring, wiringOf } from '../graph/wiring';
import type { Feeds } from '../samples/feeds';
import { calibrate } from './calibrate';
import { errorSums } from './errorSums';
import { figureOf, noSums } from './figures';

/** A column of the report: a uniform scheme or a recipe. */
export interface Column {
  readonly id: ColumnId;
  readonly schemeOf: SchemeOf;
}

/** Disjoint sets of inputs: one sets the ranges, the other is measured. */
export interface Samples {
  readonly calibration: readonly Feeds[];
  readonly evaluation: readonly Feeds[];
}

export interface Measurement {
  /** Name of the graph in the report. */
  readonly name: string;
  /** Nodes in order, as builders and `readGraph` give them. */
  readonly graph: Graph;
  readonly samples: Samples;
  readonly settings: Pick<QuantizationSettings, 'calibrationMethod' | 'htp'>;
  readonly columns: readonly Column[];
  /** Threads inside one operator. */
  readonly threads: number;
  readonly signal: AbortSignal;
  onEvent(event: InspectionEvent): void;
  /** Ranges that ship with a model; absent = found with the calibration samples. */
  readonly statistics?: Statistics;
}

/**
 * Accumulated errors of all units of a graph, one column after the other: the whole graph quantized as the column says,
 * graph inputs float, against the float run. Both run side by side in ONNX Runtime and only sums leave them. Rows are
 * announced first, then each column's figures when they are complete.
 * @throws {StudioError} `cancelled`, `usage` without samples, `model-invalid` for NaN weights and graphs that do not run
 */
export async function measureAccumulated(measurement: Measurement): Promise<GraphReport> {
  const { name, graph, samples, onEvent } = measurement;
  const [first] = samples.evaluation;
  if (first === undefined || (samples.calibration.length === 0 && measurement.statistics === undefined)) {
    const message = `There is nothing to measure ${name} with; give at least one sample for calibration and another for evaluation.`;
    throw new StudioError('usage', message);
  }
  const wiring = wiringOf(graph);
  const { units, unmeasured } = unitsOf(graph, sizesOf(first));
  onEvent(rowsOf(name, { units, unmeasured }));
  const statistics = measurement.statistics ?? (await calibrated(measurement, wiring, units));
  const output = lastOutput(wiring);
  const layers = units.map(unit => ({
    ...publicUnit(unit),
    results: [] as GraphReport['layers'][number]['results'],
  }));
  const outputs: GraphReport['output'] = [];
  for (const batch of batches(measurement.columns)) {
    const measured = await measureColumns(measurement, { wiring, units, statistics, output }, batch);
    for (const [index, { id }] of batch.entries()) {
      const column = measured[index];
      if (column === undefined) continue;
      onEvent({ type: 'figures', graph: name, scheme: id, ...column });
      for (const [row, figure] of column.figures.entries()) {
        if (figure !== null) layers[row]?.results.push({ scheme: id, ...figure });
      }
      if (column.output !== null) outputs.push({ scheme: id, ...column.output });
    }
  }
  return { name, layers, output: outputs, unmeasured: [...unmeasured, ...outOfRange(units, statistics)] };
}

/** The rows of a graph, as they are announced. */
export function rowsOf(
  graph: string,
  { units, unmeasured }: ReturnType<typeof unitsOf>,
): Extract<InspectionEvent, { type: 'units' }> {
  return { type: 'units', graph, units: units.map(publicUnit), unmeasured };
}

export function sizesOf(sample: Feeds): InputSizes {
  return Object.fromEntries(Object.entries(sample).map(([name, { dims }]) => [name, dims]));
}

function publicUnit({
  layer,
  op,
  parameters,
  outputShape,
}: PlannedUnit): Omit<GraphReport['layers'][number], 'results'> {
  return { layer, op, parameters, outputShape };
}

function calibrated(
  { name, samples, settings, threads, signal, onEvent }: Measurement,
  wiring: Wiring,
  units: readonly PlannedUnit[],
): Promise<Statistics> {
  const total = samples.calibration.length;
  return calibrate({
    wiring,
    values: calibratedValues(units, wiring),
    samples: samples.calibration,
    histograms: settings.calibrationMethod !== 'minmax',
    threads,
    signal,
    onProgress: done =>
      onEvent({ type: 'status', message: `Ranges of ${name}`, done: Math.floor(done * total), total }),
  });
}

/** The value of the graph's last fp32 output. */
function lastOutput(wiring: Wiring): string | undefined {
  return wiring.graph.outputs.findLast(
    ({ name }) => wiring.maker(name) !== undefined && wiring.kinds.type(name) === 'float32',
  )?.name;
}

/** Columns side by side: the float network runs once for all of them, but each takes memory for its values. */
const columnsAtOnce = 4;

function batches(columns: readonly Column[]): Column[][] {
  return Array.from({ length: Math.ceil(columns.length / columnsAtOnce) }, (_, index) =>
    columns.slice(index * columnsAtOnce, (index + 1) * columnsAtOnce),
  );
}

interface Prepared {
  readonly wiring: Wiring;
  readonly units: readonly PlannedUnit[];
  readonly statistics: Statistics;
  readonly output: string | undefined;
}

interface MeasuredColumn {
  readonly figures: (ErrorFigure | null)[];
  readonly output: ErrorFigure | null;
}

async function measureColumns(
  { name, samples, settings, threads, signal, onEvent }: Measurement,
  { wiring, units, statistics, output }: Prepared,
  columns: readonly Column[],
): Promise<MeasuredColumn[]> {
  const variants = columns.map(({ schemeOf }) => ({
    plan: planQuantizers(units, wiring, schemeOf, statistics, settings),
  }));
  const values = [...new Set([...units.map(unit => unit.output), ...(output === undefined ? [] : [output])])];
  const words = columns.map(({ id }) => id).join(', ');
  const total = samples.evaluation.length;
  const sums = await errorSums({
    wiring,
    variants,
    values,
    samples: samples.evaluation,
    threads,
    signal,
    onProgress: done =>
      onEvent({ type: 'status', message: `${name} in ${words}`, done: Math.floor(done * total), total }),
  });
  return columns.map((_, variant) => {
    const figure = (value: string): ErrorFigure => figureOf(sums.get(value)?.[variant] ?? noSums);
    return {
      figures: units.map(unit => figure(unit.output)),
      output: output === undefined ? null : figure(output),
    };
  });
}

function outOfRange(units: readonly PlannedUnit[], statistics: Statistics): Unmeasured[] {
  return units
    .filter(
      unit => unit.pinned === null && statistics.has(unit.output) && !isUsable(statistics.get(unit.output)),
    )
    .map(({ layer }) => ({
      layer,
      reason:
        'Its output reaches infinity or NaN on a calibration sample, which no grid covers; it stays float.',
    }));
}
