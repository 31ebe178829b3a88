import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256OfGraph } from '../../../src/bundle/graphDigest';
import { graphFiles } from '../../../src/bundle/graphFiles';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import { flipByte, freshDir, sha256 } from './tinyBundle';

function product() {
  const graph = new GraphBuilder('product', { '': 17 });
  const data = new Uint8Array(Float32Array.from({ length: 32 * 32 }, (_, index) => index).buffer);
  const weight = graph.initializer({ name: 'w', type: 'float32', dims: [32, 32], data });
  const y = graph.op('MatMul', 'y', [graph.input('x', 'float32', [1, 32]), weight]);
  graph.output('out', y, 'float32', [1, 32]);
  return graph.build();
}

/** @param inlineBytes of weights up to which they lie in the graph's own file */
function written(inlineBytes: number): string {
  const dir = freshDir();
  for (const { name, chunks } of graphFiles(product(), inlineBytes))
    writeFileSync(join(dir, name), Buffer.concat([...chunks]));
  return dir;
}

test('a graph in one file is known by that file', async () => {
  const file = join(written(1 << 20), 'product.onnx');
  expect(await sha256OfGraph(file)).toBe(sha256(readFileSync(file)));
});

test('a graph with weights beside it is another one with other weights', async () => {
  const dir = written(0);
  const file = join(dir, 'product.onnx');
  const before = await sha256OfGraph(file);
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  flipByte(join(dir, 'product.onnx.data'));
  expect(await sha256OfGraph(file)).not.toBe(before);
});
