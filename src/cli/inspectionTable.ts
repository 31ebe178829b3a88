import type { LayerCost } from '../onnx/cost';

/** What `inspect --json` prints. */
export interface Inspection {
  readonly name: string;
  readonly parts: readonly {
    readonly name: string;
    /** Null where a node holds graphs of its own, as the bytes are. */
    readonly parameters: number | null;
    readonly macs: number | null;
    readonly bytes: number | null;
  }[];
  /** Null for a plain graph, as all that only a whole model has. */
  readonly cacheBytesPerToken: number | null;
  readonly stateBytes: number | null;
  readonly imageSize: number | null;
  readonly context: number | null;
  readonly memory: {
    readonly weightBytes: number | null;
    readonly cacheBytes: number | null;
    /** Weights, cache and state; what a runtime needs for its activations comes on top. */
    readonly totalBytes: number | null;
  };
  readonly unknown: {
    /** Operators without a known meaning, with the number of their nodes. */
    readonly operators: Readonly<Record<string, number>>;
    readonly macsOfLayers: number;
    /** Why these layers' MACs are not known, with the number of layers. */
    readonly reasons: Readonly<Record<string, number>>;
  };
  readonly layers: readonly LayerCost[];
}

const grouped = new Intl.NumberFormat('en-US');

/** An inspection for a reader: parts, groups of layers, memory, and what is not known. */
export function inspectionTable(inspection: Inspection): string {
  const { parts } = inspection;
  const sections = [
    heading(inspection),
    table(
      ['part', 'parameters', 'MACs', 'weights'],
      parts.map(({ name, parameters, macs, bytes }) => [
        name,
        parameters === null ? 'not known' : count(parameters),
        amount(macs),
        size(bytes),
      ]),
    ),
    table(
      ['layers', 'number', 'parameters', 'MACs', 'last output'],
      groupsOf(inspection.layers).map(group => [
        group.name,
        count(group.layers),
        count(group.parameters),
        amount(group.macs),
        group.output,
      ]),
    ),
    ...memory(inspection),
    ...unknown(inspection),
  ];
  return sections.join('\n');
}

function heading({ name, imageSize, context }: Inspection): string {
  const facts = [
    ...(imageSize === null ? [] : [`picture of ${imageSize} x ${imageSize} px`]),
    ...(context === null ? [] : [`one new token in a context of ${count(context)}`]),
  ];
  return `${[name, ...facts].join(', ')}\n`;
}

interface Group {
  name: string;
  layers: number;
  parameters: number;
  macs: number | null;
  output: string;
}

/** Layers side by side whose places begin alike: `vision.stage2`, `decoder.layer5`. */
function groupsOf(layers: readonly LayerCost[]): Group[] {
  const groups: Group[] = [];
  for (const { layer, parameters, macs, outputShape } of layers) {
    const name = layer.replace(/^\//, '').split(/[./]/).slice(0, 2).join('.');
    const output = outputShape === null ? '?' : outputShape.map(side => side || '?').join(' x ');
    const last = groups.at(-1);
    if (last?.name !== name) groups.push({ name, layers: 1, parameters, macs, output });
    else {
      last.layers++;
      last.parameters += parameters;
      last.macs = last.macs === null || macs === null ? null : last.macs + macs;
      last.output = output;
    }
  }
  return groups;
}

function* memory({ memory: bytes, cacheBytesPerToken, stateBytes, context }: Inspection): Generator<string> {
  if (cacheBytesPerToken === null || stateBytes === null || context === null) return;
  yield `Memory at a context of ${count(context)}: ${size(bytes.totalBytes)} = weights ${size(bytes.weightBytes)} + keys and values ${size(bytes.cacheBytes)} (${count(cacheBytesPerToken)} B a token)
+ state of the convolutions ${size(stateBytes)}, and the activations on top.\n`;
}

function* unknown({ unknown: { operators, macsOfLayers, reasons } }: Inspection): Generator<string> {
  const names = Object.entries(operators).map(([name, nodes]) => `${name} (${count(nodes)})`);
  if (names.length > 0) yield `Operators that are not known: ${names.join(', ')}.\n`;
  if (macsOfLayers === 0) return;
  const why = Object.entries(reasons).map(([reason, layers]) => `  ${reason}: ${count(layers)}\n`);
  yield `MACs that are not known: of ${count(macsOfLayers)} layers.\n${why.join('')}`;
}

/** The first column to the left, the others to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)));
  return lines
    .map(line =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .map(line => `${line}\n`)
    .join('');
}

function count(value: number): string {
  return grouped.format(value);
}

function amount(macs: number | null): string {
  return macs === null ? 'not known' : scaled(macs, '');
}

function size(bytes: number | null): string {
  return bytes === null ? 'not known' : scaled(bytes, 'B');
}

/** Four digits at most and a decimal prefix. */
function scaled(value: number, unit: string): string {
  const steps = ['', 'k', 'M', 'G', 'T', 'P'];
  let rest = value;
  let step = 0;
  while (rest >= 999.95 && step < steps.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${step === 0 ? rest : rest.toFixed(1)} ${steps[step]}${unit}`.trimEnd();
}
