import { nameForPeople } from '../../shared/text';
import type { Layer } from './layers';
import { partName } from './names';

/** A group of layers: a part of the model, or a section (a stage, a block) inside one. */
export interface Group {
  readonly key: string;
  readonly label: string;
  /** Characters at the start of every layer's name that the group's label stands for. */
  readonly prefixLength: number;
  readonly layers: readonly Layer[];
  /** Sections and single layers in graph order; only layers inside a section. */
  readonly children: readonly (Group | Layer)[];
}

export function isGroup(node: Group | Layer): node is Group {
  return 'children' in node;
}

/**
 * Layers by part: Vision tower, Connector and Decoder where a bundle's graphs say so by the first segment of their
 * names; of any other graph all layers are one part, named by the prefix they share or else by the graph.
 */
export function partsOf(layers: readonly Layer[]): Group[] {
  const parts: Group[] = [];
  for (const [graph, inGraph] of groupBy(layers, layer => layer.graph))
    for (const [label, inPart] of groupBy(inGraph, layer => partName(firstSegment(layer), graph)))
      parts.push(part(graph, label, inPart));
  return parts;
}

function part(graph: string, label: string | null, layers: readonly Layer[]): Group {
  const prefix = commonPrefix(layers.map(layer => layer.unit.layer));
  const own = nameForPeople(prefix.replace(/^[./]+|[./]+$/g, ''));
  const key = `${graph}\n\n${label ?? ''}`;
  return {
    key,
    label: label ?? (own === '' ? nameForPeople(graph) : own),
    prefixLength: prefix.length,
    layers,
    children: sectionsOf(key, prefix.length, layers),
  };
}

/**
 * Layers with the same next segment become a section at the place of their first. Where that would hardly shorten the
 * list, or put all into one, they stay a list.
 */
function sectionsOf(key: string, skip: number, layers: readonly Layer[]): (Group | Layer)[] {
  const bySegment = groupBy(layers, layer => nextSegment(layer.unit.layer, skip) ?? layer);
  if (bySegment.size < 2 || bySegment.size > 0.7 * layers.length) return [...layers];
  // Names such as `Conv.0`, `Add.3` say what a layer is and not where: sections by them would undo the graph's order.
  if (runsOf(layers, skip) > mostRuns * bySegment.size) return [...layers];
  return [...bySegment].flatMap(([segment, inSection]): readonly (Group | Layer)[] => {
    if (typeof segment !== 'string' || inSection.length < 2) return inSection;
    const prefixLength = skip + segment.length + 1;
    const label = nameForPeople(segment);
    return [{ key: `${key}\n${segment}`, label, prefixLength, layers: inSection, children: inSection }];
  });
}

/** A place in a graph may be left and entered again, e.g. by a branch. */
const mostRuns = 1.5;

/** How often the next segment changes along the graph, plus one. */
function runsOf(layers: readonly Layer[], skip: number): number {
  let runs = 0;
  let before: string | null | undefined;
  for (const layer of layers) {
    const segment = nextSegment(layer.unit.layer, skip);
    if (segment === null || segment !== before) runs++;
    before = segment;
  }
  return runs;
}

/** A layer's name without what the rows above it say already. */
export function shortName(layer: Layer, prefixLength: number): string {
  const rest = layer.unit.layer.slice(prefixLength);
  return rest === '' ? layer.name : nameForPeople(rest);
}

/** The longest start that all names share and that ends with a separator; '' for fewer than two names. */
export function commonPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names;
  if (others.length === 0) return first.slice(0, lastSeparator(first, first.length));
  let length = first.length;
  for (const name of others) {
    let same = 0;
    while (same < length && name[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, lastSeparator(first, length));
}

function lastSeparator(name: string, before: number): number {
  if (before === 0) return 0;
  return Math.max(name.lastIndexOf('.', before - 1), name.lastIndexOf('/', before - 1)) + 1;
}

function firstSegment(layer: Layer): string {
  return nextSegment(layer.unit.layer, 0) ?? layer.unit.layer;
}

/** The segment that starts at `from`; null where nothing comes after it, so that it is the layer itself. */
function nextSegment(name: string, from: number): string | null {
  const end = name.slice(from).search(/[./]/);
  return end <= 0 ? null : name.slice(from, from + end);
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
