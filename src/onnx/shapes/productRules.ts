import type { Rule } from './site';
import { only } from './site';
import { broadcast } from './sizes';

export const matMul: Rule = site => {
  const a = site.shape(0);
  const b = site.shape(1);
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return [];
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]) ?? [];
  const rows = a.length === 1 ? [] : [a.at(-2)];
  const columns = b.length === 1 ? [] : [b.at(-1)];
  return only([...batch, ...rows, ...columns]);
};

export const gemm: Rule = site => {
  const a = site.shape(0);
  const b = site.shape(1);
  if (a?.length !== 2 || b?.length !== 2) return [];
  return only([a[site.int('transA', 0) === 1 ? 1 : 0], b[site.int('transB', 0) === 1 ? 0 : 1]]);
};

export const reduce: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const keep = site.int('keepdims', 1) === 1;
  const axes = site.listOf('axes', 1);
  if (axes === undefined && site.gives('axes', 1)) return keep ? only(input.map(() => undefined)) : [];
  if ((axes === undefined || axes.length === 0) && site.int('noop_with_empty_axes', 0) === 1)
    return only(input);
  const counted = axes?.map(axis => (axis < 0 ? axis + input.length : axis)) ?? [];
  const isReduced = (axis: number): boolean => counted.length === 0 || counted.includes(axis);
  if (keep) return only(input.map((size, axis) => (isReduced(axis) ? 1 : size)));
  return only(input.filter((_, axis) => !isReduced(axis)));
};

export const argReduce: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const given = site.int('axis', 0);
  const axis = given < 0 ? given + input.length : given;
  if (site.int('keepdims', 1) === 1) return only(input.map((size, index) => (index === axis ? 1 : size)));
  return only(input.filter((_, index) => index !== axis));
};

export const topK: Rule = site => {
  const input = site.shape();
  if (input === undefined) return [];
  const given = site.int('axis', -1);
  const axis = given < 0 ? given + input.length : given;
  const count = site.numbers(1)?.[0] ?? site.ints('k')?.[0];
  const shape = input.map((size, index) => (index === axis ? count : size));
  return [{ shape }, { shape }];
};
