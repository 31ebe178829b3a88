import { StudioError } from '../../protocol/failure';
import type { ErrorFigure, UnitDetail } from '../../protocol/quantization';
import { carriersOf } from '../graph/carriers';
import { calibratedValues, planQuantizers, type QuantizerPlan, type Statistics } from '../graph/placement';
import { type PlannedUnit, unitsOf } from '../graph/units';
import type { Variant } from '../graph/variants';
import { type Wiring, wiringOf } from '../graph/wiring';
import { rangeOfEncoding } from '../numerics/affine';
import { type Column, type Measurement, sizesOf } from './accumulated';
import { calibrate } from './calibrate';
import { clippedShare, histogramOf, type OutputValues, outliersOf } from './distribution';
import { errorSums } from './errorSums';
import { figureOf, noSums } from './figures';

export interface UnitMeasurement extends Omit<Measurement, 'columns' | 'onEvent'> {
  readonly column: Column;
  /** Name of a unit of the graph. */
  readonly layer: string;
}

/** All about one unit but what to do about it. */
export type MeasuredUnit = Omit<UnitDetail, 'suggestion'>;

/**
 * One unit in one column: its accumulated error, and its local ones with float inputs up to the quantizers in front of
 * it, before its own output quantizer. Inputs of the graph stay float there too. Only the part of the graph that leads to
 * the unit runs.
 * @throws {StudioError} `usage` for a layer that is no unit; else as `measureAccumulated`
 */
export async function measureUnit(measurement: UnitMeasurement): Promise<MeasuredUnit> {
  const { name, graph, layer, column, samples, settings, threads, signal } = measurement;
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, sizesOf(samples.evaluation[0] ?? {}));
  const unit = units.find(candidate => candidate.layer === layer);
  if (unit === undefined) {
    throw new StudioError('usage', `${name} has no layer ${layer} that is measured; choose one of its rows.`);
  }
  const statistics = measurement.statistics ?? (await rangesUpTo(measurement, wiring, units, unit));
  const plan = planQuantizers(units, wiring, column.schemeOf, statistics, settings);
  const variants = variantsOf(wiring, units, unit, plan);
  const values: OutputValues[] = [];
  const sums = await errorSums({
    wiring,
    variants,
    values: [unit.output],
    samples: samples.evaluation,
    threads,
    signal,
    onValue: (_, float, quantized) => {
      if (!(float.data instanceof Float32Array) || !(quantized.data instanceof Float32Array)) return;
      values.push({ dims: float.dims, float: float.data, quantized: quantized.data });
    },
  });
  const figure = (variant: number): ErrorFigure => figureOf(sums.get(unit.output)?.[variant] ?? noSums);
  const quantizesWeights = unit.weights.some(({ initializer }) => plan.weights.has(initializer));
  return {
    graph: name,
    layer,
    scheme: column.id,
    accumulated: figure(0),
    local: figure(1),
    weightOnly: quantizesWeights ? figure(2) : null,
    activationOnly: plan.activations.size > 0 ? figure(3) : null,
    range: rangeOfUnit(unit, plan, statistics, values),
    histogram: histogramOf(values),
    outliers: outliersOf(values, channelAxis(unit, values)),
  };
}

function rangesUpTo(
  { samples, settings, threads, signal }: UnitMeasurement,
  wiring: Wiring,
  units: readonly PlannedUnit[],
  unit: PlannedUnit,
): Promise<Statistics> {
  const before = units.filter(({ nodes }) => (nodes.at(-1) ?? 0) <= (unit.nodes.at(-1) ?? 0));
  return calibrate({
    wiring,
    values: calibratedValues(before, wiring),
    samples: samples.calibration,
    histograms: settings.calibrationMethod !== 'minmax',
    threads,
    signal,
  });
}

/** Everything quantized; the unit's inputs and weights; its weights; its inputs. */
function variantsOf(
  wiring: Wiring,
  units: readonly PlannedUnit[],
  unit: PlannedUnit,
  plan: QuantizerPlan,
): Variant[] {
  const { sources, movers } = carriersOf(wiring, unit, units);
  const within = new Set([...unit.nodes, ...movers]);
  const own = new Set(unit.nodes);
  const pick = <Value>(from: ReadonlyMap<string, Value>, keys: readonly string[]): Map<string, Value> =>
    new Map([...from].filter(([key]) => keys.includes(key)));
  const weights = pick(
    plan.weights,
    unit.weights.map(({ initializer }) => initializer),
  );
  const activations = pick(plan.activations, sources);
  const operands = new Map([...plan.operands].filter(([key]) => own.has(Number(key.split(':')[0]))));
  const none = new Map<string, never>();
  const { reasons } = plan;
  return [
    { plan },
    { plan: { weights, activations, operands, reasons }, within },
    { plan: { weights, activations: none, operands: none, reasons }, within },
    { plan: { weights: none, activations, operands, reasons }, within },
  ];
}

/** Nulls cannot stand here: a range that was never seen is that of the measured values. */
function rangeOfUnit(
  { output }: PlannedUnit,
  plan: QuantizerPlan,
  statistics: Statistics,
  values: readonly OutputValues[],
): UnitDetail['range'] {
  const measured = histogramOf(values);
  const seen = statistics.get(output);
  const finite = (value: number | undefined, otherwise: number): number =>
    value !== undefined && Number.isFinite(value) ? value : Number.isFinite(otherwise) ? otherwise : 0;
  const min = finite(seen?.min, measured.min);
  const max = finite(seen?.max, measured.max);
  const encoding = plan.activations.get(output);
  if (encoding === undefined)
    return { min, max, chosenMin: min, chosenMax: max, clippedShare: 0, step: null };
  const chosen = rangeOfEncoding(encoding);
  return {
    min,
    max,
    chosenMin: chosen.min,
    chosenMax: chosen.max,
    clippedShare: clippedShare(values, chosen.min, chosen.max),
    step: encoding.scale,
  };
}

/** Convolutional maps have their channels second, rows of features last. */
function channelAxis({ op }: PlannedUnit, values: readonly OutputValues[]): number {
  const rank = values[0]?.dims.length ?? 0;
  return rank === 4 || op.startsWith('Conv') ? 1 : Math.max(0, rank - 1);
}
