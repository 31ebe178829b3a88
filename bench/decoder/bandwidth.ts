/** More than any cache of a processor holds. */
const bytes = 2 ** 30;

/**
 * Bytes a second that one thread reads from memory: a byte that is not there is looked for in 1 GiB, which the C
 * library does with vector instructions (memchr). The best of some tries, since this is a limit.
 */
export function readBandwidth(tries = 5): number {
  const memory = Buffer.alloc(bytes, 1);
  let best = 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    const started = performance.now();
    if (memory.indexOf(2) >= 0) throw new Error('found what is not there');
    best = Math.max(best, bytes / ((performance.now() - started) / 1000));
  }
  return best;
}
