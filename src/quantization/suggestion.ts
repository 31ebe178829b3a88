import type { ErrorFigure, SchemeId, UnitDetail } from '../protocol/quantization';
import { carriersOf } from './graph/carriers';
import { planQuantizers, type SchemeOf, type Statistics, type UnitScheme } from './graph/placement';
import { type PlannedUnit, unitsOf } from './graph/units';
import { lastFloatOutput, type Wiring, wiringOf } from './graph/wiring';
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

/** Less is no reason for a rule; it would be told as 0.0 dB. */
const leastGainDb = 0.05;
/** Part of the largest gain, in dB, with which a cheaper rule does. */
const enough = 0.8;
/** Networks of more bytes are measured beside fewer rules: each that runs takes their memory again. */
const largeBytes = 64 * 2 ** 20;
/** The weights of a layer whose rule says nothing about them, see `assignmentOf`. */
const weightsOfRule: UnitScheme['weights'] = { granularity: 'channel', symmetric: true };
/** By so many dB a unit's own error must lie below what reaches its output before the error is said to come from before it. */
const inheritedDb = 3;
/** Rules that are tried: each runs a network of its own. */
const maxRules = 3;

/** A rule that may help. */
interface Candidate {
  readonly unit: PlannedUnit;
  readonly before: Scheme;
  readonly scheme: SchemeId;
}

/**
 * The cheapest rule for a unit that gives most of what any rule gives to the graph's output, with its cost in bytes and
 * its measured effect: more bits for weights, activations or both, or a scale for each channel. Where the error comes in
 * with the unit's inputs, the rule is for the units they come from. Null where the unit is as good as it can be, or no
 * rule makes the output better.
 */
export async function suggestionFor(
  setting: Setting,
  detail: MeasuredUnit,
): Promise<UnitDetail['suggestion']> {
  const { graph, column, samples } = setting;
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, sizesOf(samples.evaluation[0] ?? {}));
  const unit = units.find(({ layer }) => layer === detail.layer);
  if (unit === undefined || column.schemeOf(unit) === null || !isWeak(detail.accumulated)) return null;
  const isLarge = graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0) > largeBytes;
  const ofSources = isInherited(detail)
    ? sourcesOf(unit, units, wiring).flatMap(source => candidatesFor(source, column.schemeOf, null))
    : [];
  const own = candidatesFor(unit, column.schemeOf, detail);
  const candidates = [...ofSources.slice(0, maxRules - 1), ...own].slice(0, isLarge ? 1 : maxRules);
  if (candidates.length === 0) return null;
  const improved = candidates.map(
    ({ unit: { layer }, scheme }): SchemeOf =>
      each =>
        each.layer === layer ? { scheme, weights: weightsOfRule } : column.schemeOf(each),
  );
  const [was, ...are] = await outputFigures(setting, wiring, units, [column.schemeOf, ...improved]);
  const measured = candidates.flatMap((candidate, index) => {
    const { scheme, before } = candidate;
    const outputSqnrDbAfter = are[index]?.sqnrDb ?? null;
    const gain = was?.sqnrDb == null || outputSqnrDbAfter === null ? 0 : outputSqnrDbAfter - was.sqnrDb;
    const extraBytes = extraBytesOf(candidate.unit, wiring, before, parseScheme(scheme));
    const { layer } = candidate.unit;
    return gain >= leastGainDb ? [{ layer, scheme, gain, extraBytes, outputSqnrDbAfter }] : [];
  });
  const largest = Math.max(...measured.map(({ gain }) => gain));
  const [best] = measured
    .filter(({ gain }) => gain >= enough * largest)
    .toSorted((a, b) => a.extraBytes - b.extraBytes || b.gain - a.gain);
  if (best === undefined) return null;
  const { layer, scheme, extraBytes, outputSqnrDbAfter } = best;
  return {
    match: layer,
    scheme,
    extraBytes,
    outputSqnrDbBefore: was?.sqnrDb ?? null,
    outputSqnrDbAfter,
  };
}

function isWeak({ exact, sqnrDb }: ErrorFigure): boolean {
  return !exact && sqnrDb !== null && sqnrDb < goodEnoughDb;
}

/** Whether the unit itself adds little to the error at its output. */
function isInherited({ local, accumulated }: MeasuredUnit): boolean {
  return local.exact || (local.sqnrDb ?? 0) > (accumulated.sqnrDb ?? 0) + inheritedDb;
}

/** The units whose outputs it reads, those with weights first. */
function sourcesOf(unit: PlannedUnit, units: readonly PlannedUnit[], wiring: Wiring): PlannedUnit[] {
  const { sources } = carriersOf(wiring, unit, units);
  return units
    .filter(({ output }) => sources.includes(output))
    .toSorted((a, b) => b.weights.length - a.weights.length);
}

/**
 * The side that does more harm first, then the other, then both; the same bits where the weights share scales.
 * @param detail null where it is not known which side does more harm
 */
function candidatesFor(unit: PlannedUnit, schemeOf: SchemeOf, detail: MeasuredUnit | null): Candidate[] {
  const now = schemeOf(unit);
  if (now === null) return [];
  const { scheme, weights } = now;
  const { weightOnly = null, activationOnly = null } = detail ?? {};
  const before = parseScheme(scheme);
  const { weightBits, activationBits } = before;
  const hasWeights = weightBits !== null && unit.weights.length > 0;
  const moreWeightBits = hasWeights && weightBits < 16 ? (weightBits === 4 ? 8 : 16) : null;
  const finerWeights: Scheme | null =
    moreWeightBits === null ? null : { weightBits: moreWeightBits, activationBits };
  const finerActivations: Scheme | null = activationBits === 8 ? { weightBits, activationBits: 16 } : null;
  const weightsHarm =
    detail === null ||
    (weightOnly?.sqnrDb ?? Number.POSITIVE_INFINITY) < (activationOnly?.sqnrDb ?? Number.POSITIVE_INFINITY);
  const both: Scheme | null =
    moreWeightBits === null || finerActivations === null
      ? null
      : { weightBits: moreWeightBits, activationBits: 16 };
  const sides = weightsHarm ? [finerWeights, finerActivations] : [finerActivations, finerWeights];
  const ids = [...sides, both].flatMap(each => (each === null ? [] : (schemeId(each) ?? [])));
  const shared = hasWeights && weights.granularity === 'tensor';
  return (shared ? [scheme, ...ids] : ids).map(id => ({ unit, before, scheme: id }));
}

/** At the graph's last output. */
async function outputFigures(
  { settings, samples, statistics, threads, signal }: Setting,
  wiring: Wiring,
  units: readonly PlannedUnit[],
  schemes: readonly SchemeOf[],
): Promise<ErrorFigure[]> {
  const output = lastFloatOutput(wiring);
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

function extraBytesOf(unit: PlannedUnit, wiring: Wiring, before: Scheme, after: Scheme): number {
  const bits = (after.weightBits ?? 32) - (before.weightBits ?? 32);
  const weights = unit.weights.reduce((sum, { initializer }) => {
    const dims = wiring.constants.get(initializer)?.dims ?? [];
    return sum + dims.reduce((product, size) => product * size, 1);
  }, 0);
  return (weights * bits) / 8;
}
