import * as v from 'valibot';
import { type QuantizationReport, quantizedColumn, schemeSchema } from '../protocol/quantization';
import { schemeLabel } from '../quantization/numerics/scheme';
import { groupsOf } from './quantizationGroups';

type GraphReport = QuantizationReport['graphs'][number];
type Layer = GraphReport['layers'][number];
type Figure = Layer['results'][number];

/** Below it a layer is worth looking at where no other limit was asked for; 30 dB are 3.2 % of the signal. */
export const defaultLimitDb = 30;

/** Characters of a layer's name in the table. */
const nameWidth = 63;
/** Layers that are named before the others are only counted. */
const namedLayers = 3;

const profiles = { none: null, v68: 'HTP v68', v73: 'HTP v73', v75: 'HTP v75' } as const;

export interface TableOptions {
  readonly limitDb: number;
  /** Every layer instead of those below the limit. */
  readonly allLayers: boolean;
}

/** A report for a reader: what was measured, one sentence a graph, then layers in groups, the worst marked. */
export function quantizationTable(report: QuantizationReport, options: TableOptions): string {
  const legend = `SQNR in dB, accumulated; of a group its lowest. ! below ${options.limitDb} dB, !! the lowest of its column.\n`;
  const sections = report.graphs.map(graph => graphSection(graph, report, options));
  return [provenance(report), ...sections, legend].join('\n');
}

function provenance(report: QuantizationReport): string {
  const { model, quantized, quantizedAlready, settings, calibration, partial } = report;
  const { granularity, blockSize, symmetric } = settings.weights;
  const blocks = granularity === 'block' ? ` of ${blockSize}` : '';
  const facts = [
    `weights per ${granularity}${blocks}${symmetric ? ', symmetric' : ', asymmetric'}`,
    `ranges by ${calibration.method} over ${counted(calibration.calibrationSamples, 'sample')}`,
    `measured on ${counted(calibration.evaluationSamples, 'other')}`,
    ...[profiles[settings.htp] ?? []].flat(),
  ];
  const lines = [`${model.name}: ${facts.join(', ')}; a simulation on this machine.`];
  if (quantized !== undefined)
    lines.push(
      `The column "${quantizedColumn}" is ${quantized.name}, measured as it is against the same samples.`,
    );
  if (quantizedAlready)
    lines.push('To see what its quantization has lost, name its float model: --float FILE.');
  if (calibration.source === 'random')
    lines.push('The inputs are random: the figures compare layers and say nothing about accuracy.');
  if (calibration.skipped.length > 0) {
    const [first] = calibration.skipped;
    const { name = '', reason = '' } = first ?? {};
    const words = reason.startsWith(name) ? reason : `${name}: ${reason}`;
    lines.push(`${counted(calibration.skipped.length, 'sample')} skipped: ${words}`);
  }
  if (partial) lines.push('The measurement was not finished: what follows is right, but not all.');
  return `${lines.join('\n')}\n`;
}

function graphSection(graph: GraphReport, report: QuantizationReport, options: TableOptions): string {
  const columns = columnsOf(graph);
  const worst = new Map(columns.map(column => [column, worstLayer(graph.layers, column)?.layer]));
  const isWorst = (layer: string, column: string): boolean => worst.get(column) === layer;
  const rows: string[][] = [['', ...columns.map(column => `${labelOf(column)}   `)]];
  const groups = groupsOf(graph.layers);
  for (const { name, layers } of groups) {
    const indent = groups.length === 1 && name === null ? '' : '  ';
    if (indent !== '') {
      const figures = columns.map(column => cell(lowest(layers, column), false, options));
      rows.push([`${name ?? 'others'} (${layers.length})`, ...figures]);
    }
    for (const layer of layers) {
      const isShown = isWeak(layer, options.limitDb) || columns.some(column => isWorst(layer.layer, column));
      if (!options.allLayers && !isShown) continue;
      const cells = columns.map(column =>
        cell(figureOf(layer, column), isWorst(layer.layer, column), options),
      );
      rows.push([`${indent}${shortened(layer.layer)}`, ...cells]);
    }
  }
  rows.push(['output', ...columns.map(column => cell(outputOf(graph, column), false, options))]);
  const random = report.calibration.source === 'random';
  const title = random ? graph.name : headline(graph, options.limitDb);
  const notes = (graph.notes ?? []).map(note => `${note}\n`).join('');
  const figures = graph.layers.length === 0 ? 'Nothing of it can be measured.\n' : table(rows);
  return `${title}\n${notes}\n${figures}${unmeasuredLines(graph, options)}`;
}

/** Layers that share a reason share a line; but for `--all`, a few of them stand for the others. */
function unmeasuredLines({ unmeasured }: GraphReport, { allLayers }: TableOptions): string {
  if (unmeasured.length === 0) return '';
  const byReason = new Map<string, string[]>();
  for (const { layer, reason } of unmeasured) byReason.set(reason, [...(byReason.get(reason) ?? []), layer]);
  const lines = [...byReason].map(([reason, layers]) => {
    const named = allLayers || layers.length <= namedLayers + 1 ? layers : layers.slice(0, namedLayers);
    const others = layers.length - named.length;
    const rest = others === 0 ? '' : ` and ${others} more`;
    return `  ${named.join(', ')}${rest}: ${reason}\n`;
  });
  return `Not measured:\n${lines.join('')}`;
}

/** A name that is too long for a line, its middle left out: both ends tell layers apart. */
function shortened(name: string): string {
  if (name.length <= nameWidth) return name;
  const half = (nameWidth - 1) / 2;
  return `${name.slice(0, Math.ceil(half))}…${name.slice(-Math.floor(half))}`;
}

/** `vision_encoder: 45.2 dB at W8A16; 3 layers below 30 dB, worst vision.stage2.block9.attn.softmax (12.1 dB)`. */
export function headline(graph: GraphReport, limitDb: number): string {
  const [scheme] = columnsOf(graph);
  if (scheme === undefined) return `${graph.name}: nothing was measured.`;
  const below = graph.layers.filter(layer => isBelow(figureOf(layer, scheme), limitDb)).length;
  const worst = worstLayer(graph.layers, scheme);
  const count =
    below === 0 ? `no layer below ${limitDb} dB` : `${counted(below, 'layer')} below ${limitDb} dB`;
  const named = worst === undefined ? '' : `, worst ${worst.layer} (${decibels(figureOf(worst, scheme))} dB)`;
  return `${graph.name}: ${decibels(outputOf(graph, scheme))} dB at ${labelOf(scheme)}; ${count}${named}.`;
}

/** The layers that fall below a limit in any column, for an exit code. */
export function layersBelow(report: QuantizationReport, limitDb: number): string[] {
  return report.graphs.flatMap(({ name, layers }) =>
    layers.filter(layer => isWeak(layer, limitDb)).map(({ layer }) => `${name} ${layer}`),
  );
}

function columnsOf(graph: GraphReport): string[] {
  return [
    ...new Set(
      [...graph.output, ...graph.layers.flatMap(layer => layer.results)].map(({ scheme }) => scheme),
    ),
  ];
}

function labelOf(column: string): string {
  return v.is(schemeSchema, column) ? schemeLabel(column) : column;
}

function figureOf(layer: Layer, column: string): Figure | undefined {
  return layer.results.find(({ scheme }) => scheme === column);
}

function outputOf(graph: GraphReport, column: string): Figure | undefined {
  return graph.output.find(({ scheme }) => scheme === column);
}

function isBelow(figure: Figure | undefined, limitDb: number): boolean {
  return figure?.sqnrDb != null && figure.sqnrDb < limitDb;
}

function isWeak(layer: Layer, limitDb: number): boolean {
  return layer.results.some(figure => isBelow(figure, limitDb));
}

function worstLayer(layers: readonly Layer[], column: string): Layer | undefined {
  const figure = lowest(layers, column);
  return figure?.sqnrDb == null ? undefined : layers.find(layer => figureOf(layer, column) === figure);
}

function lowest(layers: readonly Layer[], column: string): Figure | undefined {
  const figures = layers.map(layer => figureOf(layer, column)).filter(figure => figure !== undefined);
  const sorted = figures.toSorted((a, b) => order(a) - order(b));
  return sorted[0];
}

/** Figures without a number stand behind those with one. */
function order({ sqnrDb, exact }: Figure): number {
  return sqnrDb ?? (exact ? Number.MAX_VALUE : Number.POSITIVE_INFINITY);
}

function cell(figure: Figure | undefined, worst: boolean, { limitDb }: TableOptions): string {
  const mark = worst ? '!!' : isBelow(figure, limitDb) ? '!' : '';
  return `${decibels(figure)} ${mark.padEnd(2)}`;
}

function decibels(figure: Figure | undefined): string {
  if (figure === undefined) return '-';
  if (figure.sqnrDb !== null) return figure.sqnrDb.toFixed(1);
  return figure.exact ? 'exact' : 'no signal';
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map(row => (row[column] ?? '').length));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  return rows
    .map(row =>
      row
        .map((text, column) =>
          column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart((widths[column] ?? 0) + 1),
        )
        .join(' ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('');
}
