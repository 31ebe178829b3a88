import type { Rule, Site } from './site';
import { only } from './site';
import { compute, type Shape, type Size } from './sizes';

/** Sizes along which a window slides. Source: the operator documents of Conv, ConvTranspose and the pools. */
interface Window {
  readonly kernel: Shape;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
}

function windowOf(site: Site, kernel: Shape): Window {
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: site.ints('strides') ?? ones,
    dilations: site.ints('dilations') ?? ones,
    pads: site.ints('pads') ?? [...kernel, ...kernel].map(() => 0),
    autoPad: site.string('auto_pad', 'NOTSET'),
  };
}

function slid(input: Size, axis: number, window: Window, ceil: boolean): Size {
  const stride = window.strides[axis] ?? 1;
  const before = window.pads[axis] ?? 0;
  const pads = before + (window.pads[axis + window.kernel.length] ?? 0);
  const dilation = window.dilations[axis] ?? 1;
  return compute(
    (size, kernel) => {
      if (window.autoPad.startsWith('SAME')) return Math.ceil(size / stride);
      const total = size + (window.autoPad === 'VALID' ? 0 : pads);
      const steps = (total - dilation * (kernel - 1) - 1) / stride;
      if (!ceil) return Math.floor(steps) + 1;
      const count = Math.ceil(steps) + 1;
      // A window that would begin in the padding behind the input is left out.
      return (count - 1) * stride >= size + before ? count - 1 : count;
    },
    input,
    window.kernel[axis],
  );
}

export const conv: Rule = site => {
  const input = site.shape();
  const weight = site.shape(1);
  if (input === undefined || weight === undefined) return [];
  const window = windowOf(site, site.ints('kernel_shape') ?? weight.slice(2));
  return only([input[0], weight[0], ...input.slice(2).map((size, axis) => slid(size, axis, window, false))]);
};

export const convTranspose: Rule = site => {
  const input = site.shape();
  const weight = site.shape(1);
  if (input === undefined || weight === undefined) return [];
  const channels = compute(perGroup => perGroup * site.int('group', 1), weight[1]);
  const given = site.ints('output_shape');
  const window = windowOf(site, site.ints('kernel_shape') ?? weight.slice(2));
  const sides = input.slice(2).map((size, axis) => {
    if (given !== undefined) return given.at(axis - (input.length - 2));
    const stride = window.strides[axis] ?? 1;
    const pads = (window.pads[axis] ?? 0) + (window.pads[axis + window.kernel.length] ?? 0);
    return compute(
      (from, kernel) => {
        if (window.autoPad.startsWith('SAME')) return from * stride;
        const reach = (window.dilations[axis] ?? 1) * (kernel - 1) + 1;
        return stride * (from - 1) + (site.ints('output_padding')?.[axis] ?? 0) + reach - pads;
      },
      size,
      window.kernel[axis],
    );
  });
  return only([input[0], channels, ...sides]);
};

export const pool: Rule = site => {
  const input = site.shape();
  const kernel = site.ints('kernel_shape');
  if (input === undefined || kernel === undefined) return [];
  const window = windowOf(site, kernel);
  const ceil = site.int('ceil_mode', 0) === 1;
  const shape = [...input.slice(0, 2), ...input.slice(2).map((size, axis) => slid(size, axis, window, ceil))];
  return Array.from({ length: site.outputs }, () => ({ shape }));
};

export const globalPool: Rule = site => only(site.shape()?.map((size, axis) => (axis < 2 ? size : 1)));

export const resize: Rule = site => {
  const input = site.shape();
  if (input === undefined || site.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch') return [];
  const axes = site.ints('axes')?.map(axis => (axis < 0 ? axis + input.length : axis)) ?? [...input.keys()];
  const sizes = site.has(3) ? site.numbers(3) : undefined;
  // Operator set 10 has the scales as second input.
  const scales = site.numbers(site.node.inputs.length === 2 ? 1 : 2);
  if (site.has(3) ? sizes === undefined : scales === undefined) return only(input.map(() => undefined));
  return only(
    input.map((size, axis) => {
      const place = axes.indexOf(axis);
      if (place < 0) return size;
      return sizes?.[place] ?? compute(from => Math.floor(from * (scales?.[place] ?? Number.NaN)), size);
    }),
  );
};

export const depthToSpace: Rule = site => {
  const [batch, channels, height, width, ...more] = site.shape() ?? [];
  const block = site.int('blocksize', 0);
  if (site.shape()?.length !== 4 || more.length > 0 || block < 1) return [];
  const grown = (size: Size): Size => compute(from => from * block, size);
  return only([batch, compute(from => from / block ** 2, channels), grown(height), grown(width)]);
};

export const spaceToDepth: Rule = site => {
  const [batch, channels, height, width] = site.shape() ?? [];
  const block = site.int('blocksize', 0);
  if (site.shape()?.length !== 4 || block < 1) return [];
  const shrunk = (size: Size): Size => compute(from => Math.floor(from / block), size);
  return only([batch, compute(from => from * block ** 2, channels), shrunk(height), shrunk(width)]);
};
