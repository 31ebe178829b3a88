import type { Rule, Site } from './site';
import { only } from './site';
import { axisOf, broadcast, compute, product, type Shape, type Size, withSize } from './sizes';

export const reshape: Rule = site => {
  const input = site.shape();
  const wanted = site.values(1) ?? site.ints('shape');
  if (wanted === undefined) return [];
  const copies = site.int('allowzero', 0) !== 1;
  const sizes = wanted.map((size, axis) => (size === 0 && copies ? input?.[axis] : size));
  const free = sizes.indexOf(-1);
  const values = site.values(0);
  if (free < 0) return only(sizes, values);
  const whole = input === undefined ? undefined : product(input);
  const rest = product(sizes.filter((_, axis) => axis !== free));
  const size = whole === undefined || rest === undefined || rest === 0 ? undefined : whole / rest;
  return only(withSize(sizes, free, size), values);
};

export const transpose: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const order = site.ints('perm') ?? [...input.keys()].reverse();
  return only(order.map(axis => input[axis]));
};

export const flatten: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const given = site.int('axis', 1);
  const axis = given < 0 ? given + input.length : given;
  return only([product(input.slice(0, axis)), product(input.slice(axis))]);
};

export const squeeze: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const given = site.listOf('axes', 1);
  if (given === undefined && (site.gives('axes', 1) || input.some(size => typeof size !== 'number')))
    return [];
  const axes = given?.map(axis => axisOf(axis, input.length));
  const shape = input.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)));
  return only(shape, site.values());
};

export const unsqueeze: Rule = site => {
  const input = site.shape();
  const given = site.listOf('axes', 1);
  if (input === undefined || given === undefined) return [];
  const rank = input.length + given.length;
  const axes = given.map(axis => axisOf(axis, rank));
  const rest = [...input];
  const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()));
  return only(shape, site.values());
};

export const concat: Rule = site => {
  const shapes = site.shapes.filter(shape => shape !== undefined);
  const [first] = shapes;
  if (first === undefined || shapes.length !== site.shapes.length) return [];
  const axis = axisOf(site.int('axis', 1), first.length);
  if (axis === undefined) return [];
  const sum = compute((...sizes) => sizes.reduce((a, b) => a + b, 0), ...shapes.map(shape => shape[axis]));
  const shape = first.map((size, index) => {
    if (index === axis) return sum;
    return shapes.map(each => each[index]).find(each => typeof each === 'number') ?? size;
  });
  const lists = shapes.map((_, index) => site.values(index));
  const known = lists.filter(list => list !== undefined);
  return only(shape, first.length === 1 && known.length === lists.length ? known.flat() : undefined);
};

export const slice: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const starts = site.listOf('starts', 1);
  const ends = site.listOf('ends', 2);
  const axes = site.gives('axes', 3) ? site.listOf('axes', 3) : starts?.map((_, index) => index);
  const steps = site.has(4) ? site.numbers(4) : starts?.map(() => 1);
  if (starts === undefined || ends === undefined || axes === undefined || steps === undefined) {
    return only(input.map(() => undefined));
  }
  let shape: Shape = input;
  let values = input.length === 1 ? site.values() : undefined;
  for (const [index, given] of axes.entries()) {
    const axis = axisOf(given, input.length);
    const step = steps[index] ?? 1;
    if (axis === undefined || step === 0) return [];
    const size = input[axis];
    const places =
      typeof size === 'number' ? range(starts[index] ?? 0, ends[index] ?? 0, step, size) : undefined;
    shape = withSize(shape, axis, places?.count);
    if (values !== undefined && places !== undefined) {
      const list: readonly Size[] = values;
      values = Array.from({ length: places.count }, (_, at) => list[places.first + at * step]);
    } else values = undefined;
  }
  return only(shape, values);
};

/** The places a slice takes, with ONNX's clamping. */
function range(start: number, end: number, step: number, size: number): { first: number; count: number } {
  const clamp = (place: number, low: number, high: number): number =>
    Math.min(Math.max(place < 0 ? place + size : place, low), high);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

export const split: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const axis = axisOf(site.int('axis', 0), input.length);
  if (axis === undefined) return [];
  const sizes = splitSizes(site, input[axis]);
  return Array.from({ length: site.outputs }, (_, index) => ({ shape: withSize(input, axis, sizes[index]) }));
};

function splitSizes(site: Site, whole: Size): readonly Size[] {
  if (site.gives('split', 1)) return site.ints('split') ?? site.values(1) ?? [];
  const parts = site.int('num_outputs', site.outputs);
  return Array.from({ length: site.outputs }, (_, index) =>
    compute(size => {
      const each = Math.ceil(size / parts);
      return Math.min(each, size - each * index);
    }, whole),
  );
}

export const gather: Rule = site => {
  const input = site.shape();
  const indices = site.shape(1);
  if (input === undefined || indices === undefined) return [];
  const axis = axisOf(site.int('axis', 0), input.length);
  if (axis === undefined) return [];
  const from = site.values();
  const places = site.numbers(1);
  const values = input.length === 1 && from !== undefined ? places?.map(place => from.at(place)) : undefined;
  return only([...input.slice(0, axis), ...indices, ...input.slice(axis + 1)], values);
};

export const gatherElements: Rule = site => only(site.shape(1));

export const expand: Rule = site => {
  const sizes = site.values(1);
  return only(broadcast([site.shape(), sizes]));
};

export const tile: Rule = site => {
  const repeats = site.values(1);
  return only(site.shape()?.map((size, axis) => compute((a, b) => a * b, size, repeats?.[axis])));
};

export const pad: Rule = site => {
  const input = site.shape();
  const pads = site.listOf('pads', 1);
  if (input === undefined) return [];
  const axes = site.has(3) ? site.numbers(3) : [...input.keys()];
  if (pads === undefined || axes === undefined) return only(input.map(() => undefined));
  const counted = axes.map(axis => axisOf(axis, input.length));
  return only(
    input.map((size, axis) => {
      const place = counted.indexOf(axis);
      if (place < 0) return size;
      return compute(from => from + (pads[place] ?? 0) + (pads[place + axes.length] ?? 0), size);
    }),
  );
};
