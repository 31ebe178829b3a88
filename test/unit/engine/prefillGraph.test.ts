import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bundle, openBundle } from '../../../src/bundle/bundle';
import { type DerivedGraphs, deriveGraphs } from '../../../src/bundle/derive';
import { DecoderCache } from '../../../src/engine/decoderCache';
import { ModelGraphs } from '../../../src/engine/modelGraphs';
import { relativeError } from '../architecture/ort';
import { nanoDir } from './nano';

const cache = mkdtempSync(join(tmpdir(), 'prefill-graph-'));
let bundle: Bundle;
let fp32: DerivedGraphs;
let fast: DerivedGraphs;

beforeAll(async () => {
  bundle = await openBundle(nanoDir);
  fp32 = await deriveGraphs(bundle, 'fp32', cache);
  fast = await deriveGraphs(bundle, 'cpu-q4', cache);
}, 120_000);
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** Logits behind text that is read in runs of the given lengths. */
async function logitsOf(paths: DerivedGraphs, runs: readonly number[]): Promise<Float32Array> {
  const graphs = await ModelGraphs.open(paths, bundle.config, 1);
  try {
    const memory = new DecoderCache(graphs.cacheShape);
    let logits = new Float32Array(0);
    let at = 0;
    for (const count of runs) {
      const ids = Array.from({ length: count }, (_, index) => 100 + (((at + index) * 37) % 700));
      logits = new Float32Array(await graphs.decode(await graphs.embed(ids), memory));
      at += count;
    }
    return logits;
  } finally {
    await graphs.close();
  }
}

test('only cpu-q4 has a graph of its own for prompts', () => {
  expect(fp32.decoderPrefill).toBeUndefined();
  expect(fast.decoderPrefill).toMatch(/decoder_prefill\.onnx$/);
});

test('a prompt goes through that graph, which is closer to fp32 than the int4 weights are', async () => {
  const { decoderPrefill: _, ...int4Only } = fast;
  const reference = await logitsOf(fp32, [40, 24]);
  const read = relativeError(await logitsOf(fast, [40, 24]), reference);
  const int4 = relativeError(await logitsOf(int4Only, [40, 24]), reference);
  // Both have the same int4 head; were the graph left out, the errors would be equal.
  expect(read).toBeLessThan(0.9 * int4);
}, 60_000);

test('what it leaves in the cache is what decoding goes on with', async () => {
  const reference = await logitsOf(fp32, [40, 1, 1, 1]);
  expect(relativeError(await logitsOf(fast, [40, 1, 1, 1]), reference)).toBeLessThan(0.1);
}, 60_000);
