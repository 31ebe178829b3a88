import { type CalibrationInfo, quantizedColumn } from '../../../src/protocol/quantization';
import type { Inspection } from '../../../src/protocol/quantizationView';
import { formatCount } from '../../shared/format';
import { nameForPeople } from '../../shared/text';
import { formatDb, isBelow } from './figures';
import { type Column, cellOf, type Layer } from './layers';
import { graphName, schemeName } from './names';
import { describeShapes } from './sizes';
import type { GraphTable } from './table';
import { describeValues } from './values';

interface Subject {
  readonly tables: readonly GraphTable[];
  readonly layers: readonly Layer[];
  /** The column that the sentence speaks of. */
  readonly column: Column;
  readonly thresholdDb: number;
  readonly source: CalibrationInfo['source'] | null;
}

/** The heading: `Encoder 45.5 dB at W8A16; 3 layers below 30 dB, worst vision.stem.` Null before the first figure. */
export function summaryOf({ tables, layers, column, thresholdDb, source }: Subject): string | null {
  const outputs = tables.flatMap(table => {
    const figure = table.output.get(column.scheme);
    if (figure?.exact) return [`${graphName(table.name)} exact`];
    return figure?.sqnrDb == null ? [] : [`${graphName(table.name)} ${formatDb(figure.sqnrDb)} dB`];
  });
  const hurt = below(layers, column, thresholdDb);
  if (outputs.length === 0 && !measured(tables, column.scheme)) return null;
  const subject = outputs.length > 0 ? outputs.join(', ') : 'No figure at the output';
  const where = placeOf(column.scheme);
  // Random inputs rank layers at best; no headline is made of them.
  if (source === 'random')
    return `Random inputs: the figures ${where} say how layers compare, not how good the model is.`;
  return `${subject} ${where}; ${hurt}.`;
}

function placeOf(scheme: string): string {
  if (scheme === quantizedColumn) return 'as quantized';
  return scheme === 'recipe' ? 'with the recipe' : `at ${schemeName(scheme)}`;
}

function measured(tables: readonly GraphTable[], scheme: string): boolean {
  return tables.some(table => table.figures.has(scheme));
}

function below(layers: readonly Layer[], column: Column, thresholdDb: number): string {
  let worst: { layer: Layer; db: number } | null = null;
  let count = 0;
  for (const layer of layers) {
    const cell = cellOf(layer, column);
    if (!isBelow(cell, thresholdDb) || cell?.sqnrDb == null) continue;
    count++;
    if (!worst || cell.sqnrDb < worst.db) worst = { layer, db: cell.sqnrDb };
  }
  if (!worst) return `no layer below ${thresholdDb} dB`;
  return `${formatCount(count, 'layer')} below ${thresholdDb} dB, worst ${nameForPeople(worst.layer.unit.layer)}`;
}

const sources: Readonly<Record<CalibrationInfo['source'], string>> = {
  shipped: 'samples',
  pictures: 'pictures',
  tensors: 'tensors',
  random: 'random inputs',
};

const methods: Readonly<Record<CalibrationInfo['method'], string>> = {
  minmax: 'min-max',
  percentile: 'percentile',
  mse: 'least squares',
  entropy: 'entropy',
};

/**
 * Under which conditions the figures hold: `simulated on this machine · 64 + 16 samples · min-max`.
 * @param simulated the words for that, where there is room for fewer
 */
export function conditions(info: CalibrationInfo, simulated = 'simulated on this machine'): string {
  const { calibrationSamples, evaluationSamples, skipped } = info;
  const samples = `${calibrationSamples} + ${evaluationSamples} ${sources[info.source]}`;
  const left = skipped.length > 0 ? [`${skipped.length} skipped`] : [];
  return [simulated, samples, ...left, methods[info.method]].join(' · ');
}

/** How many samples were used: `16 set the ranges, 6 others were measured, 1 was skipped`. */
export function countsOf(info: CalibrationInfo): string {
  const { calibrationSamples, skipped } = info;
  const used = `${calibrationSamples} set the ranges, ${measuredSamples(info)}`;
  if (skipped.length === 0) return used;
  return `${used}, ${skipped.length} ${skipped.length === 1 ? 'was' : 'were'} skipped`;
}

function measuredSamples({ evaluationSamples }: CalibrationInfo): string {
  return evaluationSamples === 1 ? '1 other was measured' : `${evaluationSamples} others were measured`;
}

/** The conditions at length, for a tooltip. @param given sizes and numbers that a person gave to open inputs */
export function conditionsAtLength(
  info: CalibrationInfo,
  given: Pick<Inspection, 'shapes' | 'values'>,
): string {
  const skipped = info.skipped
    .slice(0, 20)
    .map(({ name, reason }) => `\nSkipped ${nameForPeople(name)}: ${nameForPeople(reason)}`);
  const origin = info.source === 'shipped' ? ' They come with the model.' : '';
  const inputs = [describeShapes(given.shapes), describeValues(given.values)].filter(Boolean).join(', ');
  const sizes = inputs === '' ? '' : `\nGiven: ${inputs}.`;
  return `Simulated on this machine: ${info.calibrationSamples} ${sources[info.source]} set the ranges, ${measuredSamples(info)}.${origin}${sizes}${skipped.join('')}`;
}
