import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import { defaultQuantizationSettings, type UnitDetail } from '../../../src/protocol/quantization';
import { unitDetail } from '../../../src/quantization/detail';
import { inspectModel } from '../../../src/quantization/inspect';
import { freshDir } from '../bundle/tinyBundle';

const quiet = new AbortController().signal;
const options = { cacheDir: freshDir(), threads: 1 };

/** One product whose weights have rows of very different size, so that one scale for all loses the small ones. */
function productFile(): string {
  const graph = new GraphBuilder('product', { '': 17 });
  const weights = Float32Array.from(
    { length: 16 * 16 },
    (_, index) => Math.sin(index * 1.7) * 10 ** -((index % 16) % 3),
  );
  const x = graph.input('x', 'float32', [4, 16]);
  const w = graph.initializer({ name: 'w', type: 'float32', dims: [16, 16], data: bytesOf(weights) });
  const product = graph.op('MatMul', 'product', [x, w]);
  const scale = graph.floats(Array.from({ length: 16 }, (_, column) => 10 ** (column % 3)));
  const even = graph.op('Mul', 'even', [product, scale]);
  graph.output('y', graph.op('Sigmoid', 'end', [even]), 'float32', [4, 16]);
  const file = path.join(freshDir(), 'product.onnx');
  writeFileSync(file, Buffer.concat([...encodeModel(graph.build())]));
  return file;
}

async function suggested(
  granularity: 'tensor' | 'channel',
  scheme: string,
  layer = 'product',
): Promise<UnitDetail['suggestion']> {
  const weights = { granularity, symmetric: true };
  const settings = { ...defaultQuantizationSettings, schemes: [scheme], weights };
  const inspection = { modelPath: productFile(), settings };
  const detail = await unitDetail({ inspection, graph: 'product', layer, scheme }, quiet, options);
  const { suggestion } = detail;
  if (suggestion === null) return null;
  // What was promised is what a recipe with the rule does.
  const recipePath = path.join(freshDir(), 'mine.quant.yaml');
  const { model } = await inspectModel(inspection, () => {}, quiet, options);
  const all = `{match: '**', scheme: ${scheme}, granularity: ${granularity}}`;
  const rule = `{match: ${suggestion.match}, scheme: ${suggestion.scheme}}`;
  writeFileSync(recipePath, `version: 1\nmodel: '${model.sha256}'\nrules:\n  - ${all}\n  - ${rule}\n`);
  const report = await inspectModel({ ...inspection, recipePath }, () => {}, quiet, options);
  const figures = report.graphs[0]?.output.map(({ sqnrDb }) => sqnrDb ?? Number.NaN) ?? [];
  expect(suggestion.outputSqnrDbBefore).toBeCloseTo(figures[0] ?? 0, 3);
  expect(suggestion.outputSqnrDbAfter).toBeCloseTo(figures[1] ?? 0, 3);
  expect(suggestion.outputSqnrDbAfter).toBeGreaterThan((suggestion.outputSqnrDbBefore ?? 0) + 0.05);
  return suggestion;
}

test('weights that share one scale get one a channel, which costs no bits', async () => {
  expect(await suggested('tensor', 'w8a16')).toMatchObject({ scheme: 'w8a16', extraBytes: 0 });
});

test('where the weights do the harm they get more bits, and the cost is told', async () => {
  expect(await suggested('channel', 'w4a16')).toMatchObject({ scheme: 'w8a16', extraBytes: 128 });
});

test('where activations do the harm they get more bits, which costs no bytes', async () => {
  expect(await suggested('channel', 'w8a8')).toMatchObject({
    match: 'product',
    scheme: 'w8a16',
    extraBytes: 0,
  });
});

test('where the error comes in with the inputs, the rule is for the layer it comes from', async () => {
  expect(await suggested('channel', 'w4a16', 'even')).toMatchObject({ match: 'product', scheme: 'w8a16' });
});

test('a rule that would gain nothing that could be told is not suggested', async () => {
  expect(await suggested('channel', 'w16a16')).toBeNull();
});
