import assert from 'node:assert/strict';
import { after, afterEach, before, it } from 'mocha';
import * as vscode from 'vscode';
import type { QuantizationPanel } from '../../src/extension/quantization/panel';
import { encodeModel } from '../../src/onnx/encode';
import { GraphBuilder } from '../../src/onnx/graphBuilder';
import { activated, closePanels, sample, until } from './studio';

const model = () => sample('open-sizes.onnx');

before(async () => {
  const graph = new GraphBuilder('open-sizes', { '': 17 });
  const x = graph.input('x', 'float32', ['batch', 4]);
  const weight = Float32Array.from({ length: 12 }, (_, index) => Math.sin(index + 1));
  const data = new Uint8Array(weight.buffer);
  const weights = graph.initializer({ name: 'weight', type: 'float32', dims: [4, 3], data });
  const product = graph.op('MatMul', 'product', [x, weights]);
  graph.output('y', graph.op('Softmax', 'shares', [product]), 'float32', ['batch', 3]);
  await vscode.workspace.fs.writeFile(model(), Buffer.concat([...encodeModel(graph.build())]));
});
afterEach(async () => {
  const { quantizations } = await activated();
  for (const panel of quantizations.all) panel.close();
  await until('closing the panels', () => quantizations.all.length === 0);
  await closePanels();
});
after(() => vscode.workspace.fs.delete(model()));

async function opened(): Promise<QuantizationPanel> {
  const { quantizations } = await activated();
  const panel = quantizations.open(model().fsPath);
  await ended(panel);
  return panel;
}

async function ended({ session }: QuantizationPanel): Promise<void> {
  const over = () => !session.running && session.model.run.state !== 'idle';
  await until('the end of the measurement', over, 120_000);
}

it('a model that leaves sizes open is measured once they are given, which is remembered', async () => {
  const panel = await opened();
  const { run, facts } = panel.session.model;
  assert.equal(run.state, 'failed');
  assert.deepEqual(facts.openInputs, [{ name: 'x', dims: ['batch', 4] }]);
  panel.session.supply('model', { shapes: { x: [2, 4] }, values: {} });
  await panel.measure(panel.session.content.settings);
  const { report } = panel.session.model;
  assert.deepEqual(panel.session.model.run, { state: 'done' });
  assert.equal(report?.calibration.source, 'random');
  assert.deepEqual(report?.graphs[0]?.layers[0]?.outputShape, [2, 3]);
  panel.close();
  const again = await opened();
  assert.deepEqual(again.session.model.run, { state: 'done' });
  assert.deepEqual(again.session.model.facts.shapes, { x: [2, 4] });
}).timeout(180_000);
