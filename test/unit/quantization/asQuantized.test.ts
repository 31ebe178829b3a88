import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph, Node } from '../../../src/onnx/model';
import {
  defaultQuantizationSettings,
  type QuantizationReport,
  quantizedColumn,
} from '../../../src/protocol/quantization';
import { counterpartsOf } from '../../../src/quantization/graph/counterparts';
import { unitsOf } from '../../../src/quantization/graph/units';
import { wiringOf } from '../../../src/quantization/graph/wiring';
import { inspectModel } from '../../../src/quantization/inspect';
import { applyRecipe } from '../../../src/quantization/recipe/apply';
import { freshDir } from '../bundle/tinyBundle';
import { root } from '../engine/nano';

const golden = path.join(root, 'test/fixtures/golden/quantized');
const options = { cacheDir: freshDir(), threads: 1 };
const quiet = new AbortController().signal;
const params = {
  modelPath: path.join(golden, 'float.onnx'),
  settings: { ...defaultQuantizationSettings, schemes: ['w8'] },
  calibration: { path: path.join(golden, 'samples.json') },
};

describe.each(['w8a8', 'w8a16'])('a model that onnxruntime.quantization made (%s)', scheme => {
  const errors: Record<string, Record<string, number>> = JSON.parse(
    readFileSync(path.join(golden, 'errors.json'), 'utf8'),
  );
  let report: QuantizationReport;

  beforeAll(async () => {
    const quantizedPath = path.join(golden, `${scheme}.onnx`);
    report = await inspectModel({ ...params, quantizedPath }, () => {}, quiet, options);
  });

  test('has the errors that numpy computes', () => {
    const [graph] = report.graphs;
    const figures = graph?.layers.flatMap(({ layer, results }) => {
      const found = results.find(each => each.scheme === quantizedColumn);
      return found === undefined ? [] : [[layer, found.sqnrDb ?? Number.NaN] as const];
    });
    const expected = Object.entries(errors[scheme] ?? {});
    expect(figures?.map(([layer]) => layer)).toEqual(expected.map(([layer]) => layer));
    for (const [index, [, sqnrDb]] of expected.entries())
      expect(figures?.[index]?.[1]).toBeCloseTo(sqnrDb, 3);
    expect(graph?.output.at(-1)).toMatchObject({ scheme: quantizedColumn, sqnrDb: expect.any(Number) });
    expect(report.quantized?.name).toBe(`${scheme}.onnx`);
  });

  test('lists the layer that was merged into the one behind it', () => {
    expect(report.graphs[0]?.unmeasured).toEqual([
      { layer: 'add', reason: expect.stringMatching(/has no float value of its own for it/) },
    ]);
  });
});

test('an export of the recipe has the errors that the recipe was predicted to have', async () => {
  const { model } = await inspectModel(params, () => {}, quiet, options);
  const folder = freshDir();
  const recipePath = path.join(folder, 'mine.quant.yaml');
  const rules = "  - {match: '**', scheme: w8a16}\n  - {match: conv2, scheme: w4a8}\n";
  writeFileSync(recipePath, `version: 1\nmodel: '${model.sha256}'\nrules:\n${rules}`);
  const { modelPath, calibration } = params;
  const outDir = path.join(folder, 'out');
  await applyRecipe({ modelPath, calibration, recipePath, outDir }, () => {}, quiet, options);
  const quantizedPath = path.join(outDir, 'float.onnx');
  const report = await inspectModel({ ...params, recipePath, quantizedPath }, () => {}, quiet, options);
  const [graph] = report.graphs;
  expect(graph?.unmeasured).toEqual([]);
  for (const { layer, results } of [
    ...(graph?.layers ?? []),
    { layer: 'output', results: graph?.output ?? [] },
  ]) {
    const [, predicted, measured] = results;
    expect([predicted?.scheme, measured?.scheme]).toEqual(['recipe', quantizedColumn]);
    expect(measured?.sqnrDb, layer).toBeCloseTo(predicted?.sqnrDb ?? Number.NaN, 2);
  }
});

test('what is no quantized form of the model is refused in a sentence', async () => {
  const inspect = (quantizedPath: string) =>
    inspectModel({ ...params, quantizedPath }, () => {}, quiet, options);
  await expect(inspect('/nowhere.onnx')).rejects.toThrow(/^There is no quantized model at \/nowhere.onnx: /);
  await expect(inspect(golden)).rejects.toThrow(/^float.onnx is an .onnx file and quantized is not: /);
  const graph = new GraphBuilder('other', { '': 17 });
  const z = graph.input('z', 'float32', [1]);
  graph.output('other', graph.op('Neg', 'negated', [z]), 'float32', [1]);
  const other = path.join(freshDir(), 'other.onnx');
  writeFileSync(other, Buffer.concat([...encodeModel(graph.build())]));
  await expect(inspect(other)).rejects.toThrow(/^other.onnx has no layer in common with float: /);
});

/** x -> Conv -> Relu -> y under the names of a tool, with a quantizer behind the Relu. */
function named(float: string, quantized: string, swap: { op?: string; domain?: string } = {}): Graph {
  const node = (op: string, name: string, inputs: string[], output: string, domain = ''): Node => {
    return { op, name, domain, inputs, outputs: [output], attributes: {} };
  };
  const weight = { name: 'w', type: 'float32' as const, dims: [1, 1, 1, 1], data: new Uint8Array(4) };
  const grid = { name: 's', type: 'float32' as const, dims: [], data: new Uint8Array(4) };
  const pair =
    swap.op === undefined
      ? [
          node('QuantizeLinear', 'q', [float, 's'], 'steps'),
          node('DequantizeLinear', 'dq', ['steps', 's'], quantized),
        ]
      : [node(swap.op, 'qc', [float], quantized, swap.domain)];
  return {
    name: 'named',
    inputs: [{ name: 'x', type: 'float32', dims: [1, 1, 4, 4] }],
    outputs: [{ name: 'end', type: 'float32', dims: undefined }],
    nodes: [
      node('Conv', 'conv', ['x', 'w'], 'c'),
      node('Relu', 'relu', ['c'], float),
      ...pair,
      node('Neg', 'neg', [quantized], 'end'),
    ],
    initializers: [weight, grid],
    opsets: { '': 17, aimet: 1 },
  };
}

test.each([
  ['onnxruntime', named('y', 'y_DequantizeLinear_Output'), 'y_DequantizeLinear_Output'],
  ['onnxruntime at an output', named('y_QuantizeLinear_Input', 'y'), 'y'],
  ['AIMET', named('y', 'y_qdq'), 'y_qdq'],
  [
    'AIMET with its own operator',
    named('y', 'y_updated', { op: 'QcQuantizeOp', domain: 'aimet' }),
    'y_updated',
  ],
  ['AutoNeural Studio', named('y:float', 'y'), 'y'],
  ['a tool with names of its own', named('tensor_7', 'tensor_8'), 'tensor_8'],
])('values are found under the names of %s', (_, quantized, expected) => {
  const float = new GraphBuilder('float', { '': 17 });
  const x = float.input('x', 'float32', [1, 1, 4, 4]);
  const w = float.initializer({ name: 'w', type: 'float32', dims: [1, 1, 1, 1], data: new Uint8Array(4) });
  const conv = float.op('Conv', 'conv', [x, w]);
  float.output('y', float.op('Relu', 'relu', [conv]), 'float32', [1, 1, 4, 4]);
  const graph = float.build();
  const { units } = unitsOf(graph);
  const { values, unmatched } = counterpartsOf(wiringOf(graph), units, wiringOf(quantized), 'q.onnx');
  expect([...values]).toEqual([['y', expected]]);
  expect(unmatched).toEqual([]);
});
