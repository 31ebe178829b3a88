import type sharpModule from 'sharp';

type Sharp = typeof sharpModule;
let loaded: Promise<Sharp> | undefined;

/**
 * sharp, loaded when the first picture comes. Its operation cache is off, since pictures are rarely asked twice and the
 * engine keeps what it needs; one thread decodes, since the graphs want the others.
 */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  });
  return loaded;
}
