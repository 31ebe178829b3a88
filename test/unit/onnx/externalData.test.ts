import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { afterAll, expect, test } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { constantBytes, externalDataChunks, planExternalData } from '../../../src/onnx/externalData';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { draw } from '../architecture/drawn';
import { floats, load, openFile, run } from '../architecture/ort';

const folder = mkdtempSync(join(tmpdir(), 'external-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two products, the constants of which are loaded when they are written, and a small shift. */
function products(onLoad: () => void = () => {}): Graph {
  const graph = new GraphBuilder('products', { '': 23 });
  let x = graph.input('x', 'float32', [1, 40]);
  for (const name of ['first', 'second']) {
    const load = (): Uint8Array => {
      onLoad();
      return bytesOf(draw(name, 1600, -1, 1));
    };
    const weight = graph.initializer({
      name: `${name}.weight`,
      type: 'float32',
      dims: [40, 40],
      data: { byteLength: 6400, load },
    });
    x = graph.op('MatMul', name, [x, weight]);
  }
  graph.output('y', graph.op('Add', 'shift', [x, graph.floats(0.5)]), 'float32', [1, 40]);
  return graph.build();
}

test('ONNX Runtime computes the same with weights in a file of their own', async () => {
  const graph = products();
  const layout = planExternalData(graph, 'products.onnx.data');
  const path = join(folder, 'products.onnx');
  writeFileSync(path, Buffer.concat([...encodeModel(graph, layout)]));
  const data = Buffer.concat([...externalDataChunks(graph, layout)]);
  writeFileSync(`${path}.data`, data);
  expect(data.length).toBe(layout.byteLength);
  const feeds = { x: floats(draw('x', 40, -1, 1), [1, 40]) };
  const inline = await run(await load(graph), feeds);
  const external = await run(await openFile(path), feeds);
  expect(external['y']?.data).toEqual(inline['y']?.data);
});

test('large tensors are described, aligned, and small ones stay', () => {
  const graph = products();
  const layout = planExternalData(graph, 'w.data');
  const bytes = Buffer.concat([...encodeModel(graph, layout)]);
  expect(bytes.length).toBeLessThan(2000);
  const tensors = onnx.ModelProto.decode(bytes).graph?.initializer ?? [];
  const described = tensors.map(({ name, externalData, rawData }) => [
    name,
    Object.fromEntries((externalData ?? []).map(({ key, value }) => [key, value])),
    rawData?.length,
  ]);
  expect(described).toEqual([
    ['first.weight', { location: 'w.data', offset: '0', length: '6400' }, 0],
    ['second.weight', { location: 'w.data', offset: '65536', length: '6400' }, 0],
    ['float32.0.5', {}, 4],
  ]);
  expect(constantBytes(graph)).toBe(12_804);
});

test('weights are loaded one by one while the file is written', () => {
  let loads = 0;
  const graph = products(() => loads++);
  const layout = planExternalData(graph, 'w.data');
  const chunks = externalDataChunks(graph, layout);
  [...encodeModel(graph, layout)];
  expect(loads).toBe(0);
  chunks.next();
  expect(loads).toBe(1);
  [...chunks];
  expect(loads).toBe(2);
});
