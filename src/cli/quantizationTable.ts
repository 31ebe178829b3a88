import * as v from 'valibot';
import { type QuantizationReport, schemeSchema } from '../protocol/quantization';
import { schemeLabel } from '../quantization/numerics/scheme';

type GraphReport = QuantizationReport['graphs'][number];
type Layer = GraphReport['layers'][number];
type Figure = Layer['results'][number];

/** Below it a layer is worth looking at where no other limit was asked for; 30 dB are 3.2 % of the signal. */
export const defaultLimitDb = 30;

const profiles = { none: null, v68: 'HTP v68', v73: 'HTP v73', v75: 'HTP v75' } as const;

export interface TableOptions {
  readonly limitDb: number;
  /** Every layer instead of those below the limit. */
  readonly allLayers: boolean;
}

/** A report for a reader: what was measured, one sentence a graph, then layers in groups, the worst marked. */
export function quantizationTable(report: QuantizationReport, options: TableOptions): string {
  return [provenance(report), ...report.graphs.map(graph => graphSection(graph, report, options))].join('\n');
}

function provenance({ model, settings, calibration, partial }: QuantizationReport): string {
  const { granularity, blockSize, symmetric } = settings.weights;
  const blocks = granularity === 'block' ? ` of ${blockSize}` : '';
  const facts = [
    `weights per ${granularity}${blocks}${symmetric ? ', symmetric' : ', asymmetric'}`,
    `ranges by ${calibration.method} over ${counted(calibration.calibrationSamples, 'sample')}`,
    `measured on ${calibration.evaluationSamples} others`,
    ...[profiles[settings.htp] ?? []].flat(),
  ];
  const lines = [`${model.name}: ${facts.join(', ')}; a simulation on this machine.`];
  if (calibration.source === 'random')
    lines.push('The inputs are random: the figures compare layers and say nothing about accuracy.');
  if (calibration.skipped.length > 0) {
    const [first] = calibration.skipped;
    lines.push(
      `${counted(calibration.skipped.length, 'sample')} skipped, first ${first?.name}: ${first?.reason}`,
    );
  }
  if (partial) lines.push('The measurement was not finished: what follows is right, but not all.');
  return `${lines.join('\n')}\n`;
}

function graphSection(graph: GraphReport, report: QuantizationReport, options: TableOptions): string {
  const columns = columnsOf(graph);
  const worst = new Map(columns.map(column => [column, worstLayer(graph.layers, column)?.layer]));
  const isWorst = (layer: string, column: string): boolean => worst.get(column) === layer;
  const rows: string[][] = [['', ...columns.map(labelOf)]];
  for (const group of groupsOf(graph.layers)) {
    const figures = columns.map(column => lowest(group.layers, column));
    rows.push([
      `${group.name} (${group.layers.length})`,
      ...figures.map(figure => cell(figure, false, options)),
    ]);
    for (const layer of group.layers) {
      if (
        !options.allLayers &&
        !isWeak(layer, options.limitDb) &&
        !columns.some(column => isWorst(layer.layer, column))
      )
        continue;
      const cells = columns.map(column =>
        cell(figureOf(layer, column), isWorst(layer.layer, column), options),
      );
      rows.push([`  ${layer.layer}`, ...cells]);
    }
  }
  rows.push(['output', ...columns.map(column => cell(outputOf(graph, column), false, options))]);
  const unmeasured = graph.unmeasured.map(({ layer, reason }) => `  ${layer}: ${reason}\n`).join('');
  const notes = unmeasured === '' ? '' : `Not measured:\n${unmeasured}`;
  const random = report.calibration.source === 'random';
  const legend = `SQNR in dB, accumulated; of a group its lowest. ! below ${options.limitDb} dB, !! the lowest of its column.`;
  return `${random ? `${graph.name}\n` : `${headline(graph, options.limitDb)}\n`}\n${table(rows)}${notes}${legend}\n`;
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

/** Layers side by side whose places begin alike: `vision.stage2`, `decoder.layer5`. */
function groupsOf(layers: readonly Layer[]): { name: string; layers: Layer[] }[] {
  const groups: { name: string; layers: Layer[] }[] = [];
  for (const layer of layers) {
    const name = layer.layer.replace(/^\//, '').split(/[./]/).slice(0, 2).join('.');
    const last = groups.at(-1);
    if (last?.name === name) last.layers.push(layer);
    else groups.push({ name, layers: [layer] });
  }
  return groups;
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
