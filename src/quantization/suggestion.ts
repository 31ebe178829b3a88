import type { ErrorFigure, SchemeId, UnitDetail } from '../protocol/quantization';
import { planQuantizers, type SchemeOf, type Statistics } from './graph/placement';
import { type PlannedUnit, unitsOf } from './graph/units';
import { type Wiring, wiringOf } from './graph/wiring';
import { type Column, type Measurement, sizesOf } from './measure/accumulated';
import { errorSums } from './measure/errorSums';
import { figureOf, noSums } from './measure/figures';
import type { MeasuredUnit } from './measure/unitDetail';
import { parseScheme, type Scheme, schemeId } from './numerics/scheme';

/** Above this a layer leaves nothing to be gained: 0.1 % of the signal. */
const goodEnoughDb = 60;

type Setting = Pick<Measurement, 'graph' | 'samples' | 'settings' | 'threads' | 'signal'> & {
  readonly column: Column;
  readonly statistics: Statistics;
};

/**
 * The rule that gives a unit the bits it lacks most, with its cost in bytes and its measured effect on the graph's
 * output; null where the unit is as good as it can be, or the rule makes the output no better.
 */
export async function suggestionFor(
  setting: Setting,
  detail: MeasuredUnit,
): Promise<UnitDetail['suggestion']> {
  const { graph, column, samples } = setting;
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, sizesOf(samples.evaluation[0] ?? {}));
  const unit = units.find(({ layer }) => layer === detail.layer);
  const now = unit === undefined ? null : column.schemeOf(unit);
  if (unit === undefined || now === null || !isWeak(detail.accumulated)) return null;
  const before = parseScheme(now.scheme);
  const scheme = finer(before, detail, unit);
  if (scheme === null) return null;
  const improved: SchemeOf = each =>
    each.layer === unit.layer ? { scheme, weights: now.weights } : column.schemeOf(each);
  const [was, is] = await outputFigures(setting, wiring, units, [column.schemeOf, improved]);
  if (was === undefined || is === undefined || (was.sqnrDb ?? 0) >= (is.sqnrDb ?? 0)) return null;
  return {
    match: unit.layer,
    scheme,
    extraBytes: extraBytes(unit, wiring, before, parseScheme(scheme)),
    outputSqnrDbBefore: was.sqnrDb,
    outputSqnrDbAfter: is.sqnrDb,
  };
}

function isWeak({ exact, sqnrDb }: ErrorFigure): boolean {
  return !exact && sqnrDb !== null && sqnrDb < goodEnoughDb;
}

/** More bits for the side that does more harm, else for the other; null where both have all there are. */
function finer(
  { weightBits, activationBits }: Scheme,
  { weightOnly, activationOnly }: MeasuredUnit,
  unit: PlannedUnit,
): SchemeId | null {
  const weights = weightBits !== null && weightBits < 16 && unit.weights.length > 0;
  const activations = activationBits === 8;
  const weightsHarm =
    (weightOnly?.sqnrDb ?? Number.POSITIVE_INFINITY) < (activationOnly?.sqnrDb ?? Number.POSITIVE_INFINITY);
  if (weights && (weightsHarm || !activations))
    return schemeId({ weightBits: weightBits === 4 ? 8 : 16, activationBits }) ?? null;
  return activations ? (schemeId({ weightBits, activationBits: 16 }) ?? null) : null;
}

/** At the graph's last output. */
async function outputFigures(
  { settings, samples, statistics, threads, signal }: Setting,
  wiring: Wiring,
  units: readonly PlannedUnit[],
  schemes: readonly SchemeOf[],
): Promise<ErrorFigure[]> {
  const output = wiring.graph.outputs.findLast(
    ({ name }) => wiring.maker(name) !== undefined && wiring.kinds.type(name) === 'float32',
  )?.name;
  if (output === undefined) return [];
  const variants = schemes.map(schemeOf => ({
    plan: planQuantizers(units, wiring, schemeOf, statistics, settings),
  }));
  const sums = await errorSums({
    wiring,
    variants,
    values: [output],
    samples: samples.evaluation,
    threads,
    signal,
  });
  return variants.map((_, variant) => figureOf(sums.get(output)?.[variant] ?? noSums));
}

function extraBytes(unit: PlannedUnit, wiring: Wiring, before: Scheme, after: Scheme): number {
  const bits = (after.weightBits ?? 32) - (before.weightBits ?? 32);
  const weights = unit.weights.reduce((sum, { initializer }) => {
    const dims = wiring.constants.get(initializer)?.dims ?? [];
    return sum + dims.reduce((product, size) => product * size, 1);
  }, 0);
  return (weights * bits) / 8;
}
