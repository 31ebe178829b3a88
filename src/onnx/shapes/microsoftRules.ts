import type { Rule, Site } from './site';
import { only } from './site';
import { compute, type Size } from './sizes';

/** `MatMulNBits`: [..., K] times packed [N, blocks, bytes] is [..., N]. Source: ONNX Runtime `ContribOperators.md`. */
export const matMulNBits: Rule = site => {
  const input = site.shape();
  const columns = site.int('N', 0);
  return input === undefined || input.length === 0 || columns < 1
    ? []
    : only([...input.slice(0, -1), columns]);
};

/** `SkipLayerNormalization` and its relatives: the norm, two statistics, and the sum that was normed. */
export const skipNorm: Rule = site => {
  const shape = site.shape();
  return [{ shape }, undefined, undefined, { shape }];
};

/** `GroupQueryAttention`: as wide as all query heads; queries, keys and values may come in one input. */
export const groupQueryAttention: Rule = site => {
  const query = site.shape();
  if (query?.length !== 3) return [];
  return only([query[0], query[1], site.has(1) ? query[2] : queryPart(site, query[2])]);
};

function queryPart(site: Site, width: Size): Size {
  const heads = site.int('num_heads', 0);
  const all = heads + 2 * site.int('kv_num_heads', 0);
  return compute(size => (all > 0 ? (size / all) * heads : undefined), width);
}
