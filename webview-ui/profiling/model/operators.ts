import type { LayerErrors } from '../../../src/protocol/profilingView';
import type { OperatorPass, OperatorStage, RunOperator } from '../../../src/protocol/runRecord';
import { formatList } from '../../shared/format';
import { nameForPeople } from '../../shared/text';

/** One line of the table: an operator, or the operators of all blocks at one place. */
export interface OperatorRow {
  readonly key: string;
  /** For people: `vision.stage2 · attn × 14 blocks`. */
  readonly label: string;
  readonly stage: OperatorStage | null;
  /** Operator types, the costliest first. */
  readonly ops: readonly string[];
  /** Providers that ran it as measured, the one with the most time first; empty where the file does not say. */
  readonly providers: readonly string[];
  readonly calls: number | null;
  /** Over all calls; null where nothing was timed. */
  readonly timeUs: number | null;
  /** Of the time of all operators, 0 to 1. */
  readonly share: number | null;
  /** The worst of its layers; `exact` where none has noise. */
  readonly sqnrDb: number | null;
  readonly exact: boolean;
  /** Time computed from cycles. */
  readonly estimated: boolean;
  /** The single operators of a group; empty of one operator. */
  readonly members: readonly OperatorRow[];
}

export interface OperatorTable {
  readonly rows: readonly OperatorRow[];
  readonly totalUs: number;
  /** The provider with the most time; what ran elsewhere stands out. */
  readonly mainProvider: string | null;
}

const graphOfStage: Readonly<Record<OperatorStage, string | null>> = {
  encode: 'vision_encoder',
  project: 'vision_encoder',
  embed: null,
  prefill: 'decoder.prefill',
  decode: 'decoder.decode',
};

/** The operators of a pass, grouped by place with block numbers left out, the costliest group first. */
export function operatorTable(pass: OperatorPass | null, errors: LayerErrors | null): OperatorTable {
  const operators = pass?.operators ?? [];
  const totalUs = operators.reduce((sum, { timeUs }) => sum + (timeUs ?? 0), 0);
  const found = errorsByLayer(errors);
  const groups = new Map<string, { label: string; members: OperatorRow[]; blocks: Set<string> }>();
  for (const [index, operator] of operators.entries()) {
    const { place, block } = placeOf(operator);
    const key = `${operator.stage ?? ''} ${place}`;
    const group = groups.get(key) ?? { label: place, members: [], blocks: new Set<string>() };
    group.members.push(rowOf(operator, index, totalUs, found));
    if (block !== null) group.blocks.add(block);
    groups.set(key, group);
  }
  const rows = [...groups].map(([key, { label, members, blocks }]) =>
    groupOf(key, label, members, blocks.size, totalUs),
  );
  return { rows: byTime(rows), totalUs, mainProvider: mainProvider(rows) };
}

/** Place of a layer with its block left out: `vision.stage2.block3.attn.query` stands at `vision.stage2 · attn`. */
function placeOf({ layer, op }: RunOperator): { place: string; block: string | null } {
  const segments = layer.split(/[./]/).filter(segment => segment !== '');
  const at = segments.findIndex(segment => /^(block|layer|layers)\d*$/.test(segment));
  if (at < 0) return { place: segments.slice(0, 2).join('.') || (op ?? 'unnamed'), block: null };
  const numberBehind = /\d$/.test(segments[at] ?? '') ? 0 : 1;
  const part = segments[at + 1 + numberBehind] ?? op ?? '';
  return {
    place: [segments.slice(0, at).join('.'), part].filter(Boolean).join(' · '),
    block: segments.slice(0, at + 1 + numberBehind).join('.'),
  };
}

function rowOf(
  operator: RunOperator,
  index: number,
  totalUs: number,
  errors: ReadonlyMap<string, { sqnrDb: number | null; exact: boolean }>,
): OperatorRow {
  const { stage, layer, op, provider, calls, timeUs, estimated } = operator;
  const graph = stage && graphOfStage[stage];
  const error = graph ? errors.get(`${graph} ${layer}`) : undefined;
  return {
    key: `operator ${index}`,
    label: nameForPeople(layer),
    stage,
    ops: op === null ? [] : [op],
    providers: provider === null ? [] : [provider],
    calls,
    timeUs,
    share: timeUs === null || totalUs === 0 ? null : timeUs / totalUs,
    sqnrDb: error?.sqnrDb ?? null,
    exact: error?.exact ?? false,
    estimated,
    members: [],
  };
}

function groupOf(
  key: string,
  label: string,
  members: OperatorRow[],
  blocks: number,
  totalUs: number,
): OperatorRow {
  const [only] = members;
  if (members.length === 1 && only) return only;
  const timeUs = sum(members.map(member => member.timeUs));
  const noisy = members.flatMap(({ sqnrDb }) => (sqnrDb === null ? [] : [sqnrDb]));
  return {
    key,
    label: nameForPeople(label) + (blocks > 1 ? ` × ${blocks} blocks` : ''),
    stage: only?.stage ?? null,
    ops: namesByTime(members, member => member.ops),
    providers: namesByTime(members, member => member.providers),
    calls: sum(members.map(({ calls }) => calls)),
    timeUs,
    share: timeUs === null || totalUs === 0 ? null : timeUs / totalUs,
    sqnrDb: noisy.length > 0 ? Math.min(...noisy) : null,
    exact: noisy.length === 0 && members.some(({ exact }) => exact),
    estimated: members.some(member => member.estimated),
    members: byTime(members),
  };
}

function errorsByLayer(errors: LayerErrors | null): Map<string, { sqnrDb: number | null; exact: boolean }> {
  const found = new Map<string, { sqnrDb: number | null; exact: boolean }>();
  for (const { graph, layers } of errors?.graphs ?? [])
    for (const { layer, ...error } of layers) found.set(`${graph} ${layer}`, error);
  return found;
}

function mainProvider(rows: readonly OperatorRow[]): string | null {
  return (
    namesByTime(
      rows.flatMap(row => (row.members.length > 0 ? row.members : [row])),
      row => row.providers,
    )[0] ?? null
  );
}

function namesByTime(
  rows: readonly OperatorRow[],
  namesOf: (row: OperatorRow) => readonly string[],
): string[] {
  const times = new Map<string, number>();
  for (const row of rows)
    for (const name of namesOf(row)) times.set(name, (times.get(name) ?? 0) + (row.timeUs ?? 0));
  return [...times].sort((one, other) => other[1] - one[1]).map(([name]) => name);
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function byTime(rows: readonly OperatorRow[]): OperatorRow[] {
  return [...rows].sort((one, other) => (other.timeUs ?? 0) - (one.timeUs ?? 0));
}

const providerNames: Readonly<Record<string, string>> = {
  CPUExecutionProvider: 'CPU',
  WebGpuExecutionProvider: 'WebGPU',
  DmlExecutionProvider: 'DirectML',
  CoreMLExecutionProvider: 'CoreML',
  CUDAExecutionProvider: 'CUDA',
  QNNExecutionProvider: 'NPU (QNN)',
};

/** Where the errors were measured: `W8A16`, or `W8A16 in vision_encoder, W4A16 in decoder.prefill and decoder.decode`. */
export function schemeWords({ graphs }: LayerErrors): string {
  const schemes = [...new Set(graphs.map(({ scheme }) => scheme))];
  const [only = ''] = schemes;
  if (schemes.length < 2) return only.toUpperCase();
  const within = (scheme: string) => graphs.filter(one => one.scheme === scheme).map(({ graph }) => graph);
  return schemes
    .map(scheme => `${scheme.toUpperCase()} in ${formatList(within(scheme).map(nameForPeople))}`)
    .join(', ');
}

/** A provider as the table names it. */
export function providerName(provider: string): string {
  return providerNames[provider] ?? nameForPeople(provider);
}
