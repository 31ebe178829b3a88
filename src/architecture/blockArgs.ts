/** What the options of an encoder block mean, as timm 1.0 reads its architecture strings (`_decode_block_str`). */
interface BlockBase {
  readonly outChannels: number;
  readonly stride: number;
  readonly noSkip: boolean;
}

/** Edge residual: dense k x k expansion, then a projection. */
export interface EdgeResidualSpec extends BlockBase {
  readonly kind: 'er';
  readonly kernel: number;
  readonly projectionKernel: number;
  readonly expansion: number;
}

/** Universal inverted residual; a kernel of 0 leaves the depthwise convolution out. */
export interface InvertedResidualSpec extends BlockBase {
  readonly kind: 'uir';
  readonly startKernel: number;
  readonly midKernel: number;
  readonly endKernel: number;
  readonly expansion: number;
}

/** Mobile multi-query attention. */
export interface QueryAttentionSpec extends BlockBase {
  readonly kind: 'mqa';
  readonly kernel: number;
  readonly heads: number;
  readonly headDim: number;
  /** Downsampling of keys and values; 1 = none. */
  readonly keyStride: number;
}

export type BlockSpec = EdgeResidualSpec | InvertedResidualSpec | QueryAttentionSpec;

/** Options of each kind, those of timm's that MobileNetV5 uses; to skip any other one would build another network. */
const optionKeys = {
  er: ['r', 'k', 's', 'e', 'c', 'p'],
  uir: ['r', 'k', 's', 'e', 'c', 'a', 'p'],
  mqa: ['r', 'k', 's', 'c', 'h', 'd', 'v'],
} as const;

/** Least and greatest value of an option; a bound on what a hostile config may ask for. */
const optionRange: Readonly<Record<string, readonly [number, number]>> = {
  r: [1, 256],
  s: [1, 2],
  k: [0, 15],
  a: [0, 15],
  p: [0, 15],
  e: [0, 64],
  c: [1, 65536],
  h: [1, 1024],
  d: [1, 65536],
  v: [1, 16],
};

/** A sentence part that says what is wrong with an architecture string. */
export interface BlockProblem {
  readonly problem: string;
}

/**
 * Blocks described by one string such as `uir_r2_a3_k5_s2_e6_c48`, repeats spelled out.
 * Source: timm `models/_efficientnet_builder.py`, `_decode_block_str` and `_scale_stage_depth`.
 */
export function parseBlock(text: string): BlockSpec[] | BlockProblem {
  const [kind = '', ...parts] = text.split('_');
  if (!isBlockKind(kind)) {
    return {
      problem: `has the unknown block kind "${kind}"; the encoder is built of er, uir and mqa blocks`,
    };
  }
  const options = new Map<string, string>();
  for (const part of parts) {
    if (part === 'noskip' || part === 'skip') continue;
    const match = /^([a-z]+)(\d.*)$/.exec(part);
    const [, key, value] = match ?? [];
    if (key === undefined || value === undefined || !(optionKeys[kind] as readonly string[]).includes(key)) {
      return { problem: `has the option "${part}", which ${kind} blocks do not know` };
    }
    options.set(key, value);
  }
  const problem = optionProblem(kind, options);
  if (problem !== undefined) return { problem };
  const spec = blockOf(kind, options, parts.includes('noskip'));
  return Array.from({ length: Number(options.get('r')) }, () => spec);
}

function isBlockKind(kind: string): kind is BlockSpec['kind'] {
  return Object.hasOwn(optionKeys, kind);
}

function optionProblem(kind: BlockSpec['kind'], options: Map<string, string>): string | undefined {
  const required = kind === 'mqa' ? ['r', 'k', 's', 'c', 'h', 'd'] : ['r', 'k', 's', 'c', 'e'];
  const missing = required.find(key => !options.has(key));
  if (missing !== undefined) return `lacks the option "${missing}"`;
  for (const [key, text] of options) {
    const value = Number(text);
    const [least, most] = optionRange[key] ?? [0, 65536];
    const valid =
      key === 'e' ? value > 0 && value <= most : Number.isInteger(value) && value >= least && value <= most;
    if (!valid) return `has the option "${key}${text}", which must be a number from ${least} to ${most}`;
  }
  if (kind !== 'uir' && options.get('k') === '0') return 'needs a kernel of at least 1';
  return undefined;
}

function blockOf(kind: BlockSpec['kind'], options: Map<string, string>, noSkip: boolean): BlockSpec {
  const number = (key: string, otherwise = 0): number => Number(options.get(key) ?? otherwise);
  const base = { outChannels: number('c'), stride: number('s'), noSkip };
  switch (kind) {
    case 'er':
      return {
        kind,
        ...base,
        kernel: number('k'),
        projectionKernel: number('p', 1),
        expansion: number('e'),
      };
    case 'uir':
      return {
        kind,
        ...base,
        startKernel: number('a'),
        midKernel: number('k'),
        endKernel: number('p'),
        expansion: number('e'),
      };
    case 'mqa':
      return {
        kind,
        ...base,
        kernel: number('k'),
        heads: number('h'),
        headDim: number('d'),
        keyStride: number('v', 1),
      };
  }
}
