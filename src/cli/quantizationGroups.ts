import type { QuantizationReport } from '../protocol/quantization';

type Layer = QuantizationReport['graphs'][number]['layers'][number];

/** Layers that stand together in a table. */
export interface LayerGroup {
  /** What their names have in common; null for layers that belong to no group. */
  readonly name: string | null;
  readonly layers: readonly Layer[];
}

/**
 * Layers side by side whose places begin alike: `vision.stage2`, `decoder.layer5`. A group has two members at least;
 * names without places, as `Conv_12`, make none, since they say nothing about where a layer stands.
 */
export function groupsOf(layers: readonly Layer[]): LayerGroup[] {
  const runs: { key: string | null; layers: Layer[] }[] = [];
  for (const layer of layers) {
    const key = placeOf(layer.layer);
    const last = runs.at(-1);
    if (last !== undefined && last.key === key) last.layers.push(layer);
    else runs.push({ key, layers: [layer] });
  }
  const groups: { name: string | null; layers: Layer[] }[] = [];
  for (const { key, layers: members } of runs) {
    const name = members.length > 1 ? key : null;
    const last = groups.at(-1);
    if (name === null && last !== undefined && last.name === null) last.layers.push(...members);
    else groups.push({ name, layers: [...members] });
  }
  return groups;
}

/**
 * The first two parts of a name of three or more, the first of one of two; null where there is but one. A number at the
 * end only counts: `p2o.Conv.12` is `p2o`.
 */
function placeOf(name: string): string | null {
  const [, first, second, rest] = /^(\/?[^./]+)(?:([./][^./]+)([./].*)?)?$/s.exec(name) ?? [];
  if (first === undefined || second === undefined) return null;
  return rest === undefined || /^[./]\d+$/.test(rest) ? first : `${first}${second}`;
}
