import { maxKnownValues } from '../structure';
import type { Rule } from './site';
import { only } from './site';
import { broadcast, compute, product, type Size } from './sizes';

/** As the first input; further outputs, such as statistics, stay unknown. */
export const same: Rule = site => only(site.shape());

/** As the first input, content and all. */
export const sameValue: Rule = site => only(site.shape(), site.values());

/** Whole numbers survive any cast that shapes are computed with. */
export const cast: Rule = site =>
  only(
    site.shape(),
    site.values()?.map(value => (typeof value === 'number' && !Number.isInteger(value) ? undefined : value)),
  );

export const elementwise: Rule = site => only(broadcast(site.shapes));

/** An elementwise operator that shapes are computed with. */
export function arithmetic(f: (a: number, b: number) => Size): Rule {
  return site => {
    const shape = broadcast(site.shapes);
    const a = site.values(0);
    const b = site.values(1);
    if (a === undefined || b === undefined) return only(shape);
    const count = Math.max(a.length, b.length);
    if ((a.length !== count && a.length !== 1) || (b.length !== count && b.length !== 1)) return only(shape);
    const at = (list: readonly Size[], index: number): Size => list[list.length === 1 ? 0 : index];
    return only(
      shape,
      Array.from({ length: count }, (_, index) => compute(f, at(a, index), at(b, index))),
    );
  };
}

export const shapeOf: Rule = site => {
  const input = site.shape();
  if (input === undefined) return only([undefined]);
  const clamp = (place: number): number =>
    Math.min(Math.max(place < 0 ? place + input.length : place, 0), input.length);
  const taken = input.slice(clamp(site.int('start', 0)), clamp(site.int('end', input.length)));
  return only([taken.length], taken);
};

export const sizeOf: Rule = site => {
  const input = site.shape();
  return only([], [input === undefined ? undefined : product(input)]);
};

export const constant: Rule = ({ node }) => {
  const [value] = Object.values(node.attributes);
  if (value === undefined) return [];
  if ('tensor' in value) return only(value.tensor.dims, value.tensor.values);
  if ('int' in value) return only([], [value.int]);
  if ('ints' in value) return only([value.ints.length], value.ints);
  return 'float' in value ? only([]) : [];
};

export const constantOfShape: Rule = site => {
  const sizes = site.values();
  if (sizes === undefined) return [];
  const fill = site.node.attributes['value'];
  const count = product(sizes);
  const value = fill !== undefined && 'tensor' in fill ? fill.tensor.values?.[0] : 0;
  const known = sizes.length <= 1 && count !== undefined && count <= maxKnownValues;
  return only(sizes, known ? Array.from({ length: count }, () => value) : undefined);
};

export const range: Rule = site => {
  const [start, limit, step] = [0, 1, 2].map(index => site.numbers(index)?.[0]);
  const count = compute((a, b, by) => Math.max(Math.ceil((b - a) / by), 0), start, limit, step);
  return only([count === Number.POSITIVE_INFINITY ? undefined : count]);
};
