import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeModel } from '../../../src/onnx/encode';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import {
  type InspectionEvent,
  type QuantizationReport,
  type QuantizationSettings,
  quantizationReportSchema,
  unitDetailSchema,
} from '../../../src/protocol/quantization';
import { unitDetail } from '../../../src/quantization/detail';
import { inspectModel } from '../../../src/quantization/inspect';
import { freshDir, tinyBundle } from '../bundle/tinyBundle';
import { nanoDir, root } from '../engine/nano';

const quiet = new AbortController().signal;
const options = { cacheDir: freshDir(), threads: 1 };

function settings(...schemes: string[]): QuantizationSettings {
  const weights = { granularity: 'channel' as const, symmetric: true };
  return { schemes, weights, calibrationMethod: 'minmax', htp: 'none' };
}

describe('an inspection of the shipped bundle', () => {
  const folder = freshDir();
  const recipePath = path.join(folder, 'mine.quant.yaml');
  const events: InspectionEvent[] = [];
  let report: QuantizationReport;
  const params = {
    modelPath: nanoDir,
    settings: settings('w8a8'),
    calibration: { path: folder },
    recipePath,
  };

  beforeAll(async () => {
    for (const name of ['level-b6', 'street-night', 'shapes-four', 'door-parcel'])
      copyFileSync(path.join(root, 'samples', `${name}.png`), path.join(folder, `${name}.png`));
    const model = (await import('node:crypto')).createHash('sha256');
    model.update((await import('node:fs')).readFileSync(path.join(nanoDir, 'model.safetensors')));
    const rules = "  - {match: '**', scheme: w8a8}\n  - {match: 'vision.**', scheme: w8a16}\n";
    writeFileSync(recipePath, `version: 1\nmodel: ${model.digest('hex')}\nrules:\n${rules}`);
    report = await inspectModel(params, event => events.push(event), quiet, options);
  }, 240_000);

  test('tells its rows before anything is run', () => {
    expect(events.slice(0, 2)).toMatchObject([
      { type: 'units', graph: 'vision_encoder' },
      { type: 'units', graph: 'decoder.prefill' },
    ]);
    const [first, second] = events.filter(({ type }) => type === 'units');
    const again = events.findLast(event => event.type === 'units' && event.graph === 'vision_encoder');
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
    expect(second).toMatchObject({ units: report.graphs[1]?.layers.map(({ layer, op }) => ({ layer, op })) });
  });

  test('has every layer of its graphs in every column, as its events said', () => {
    expect(v.parse(quantizationReportSchema, report)).toEqual(report);
    expect(report.graphs.map(({ name }) => name)).toEqual([
      'vision_encoder',
      'decoder.prefill',
      'decoder.decode',
    ]);
    expect(report.partial).toBe(false);
    expect(report.calibration).toMatchObject({
      source: 'pictures',
      calibrationSamples: 3,
      evaluationSamples: 1,
    });
    for (const { layers, output } of report.graphs) {
      expect(layers.length).toBeGreaterThan(50);
      expect(output.map(({ scheme }) => scheme)).toEqual(['w8a8', 'recipe']);
      for (const { results } of layers)
        expect(results.map(({ scheme }) => scheme)).toEqual(['w8a8', 'recipe']);
    }
    const rows = events.filter(({ type }) => type === 'units').map(event => 'graph' in event && event.graph);
    expect([...new Set(rows)]).toEqual(report.graphs.map(({ name }) => name));
  });

  test("shows the recipe's finer activations of the encoder, and nothing new in the decoder", () => {
    const [vision, prefill] = report.graphs.map(({ output }) =>
      output.map(({ sqnrDb }) => sqnrDb ?? Number.NaN),
    );
    expect(vision?.[1]).toBeGreaterThan((vision?.[0] ?? 0) + 2);
    expect(prefill?.[1]).toBeCloseTo(prefill?.[0] ?? 0, 6);
  });

  test('leads to the detail of its worst layer, with what to do about it', async () => {
    const layers = report.graphs[0]?.layers ?? [];
    const figureOf = (layer: (typeof layers)[number]) => layer.results[0]?.sqnrDb ?? Number.POSITIVE_INFINITY;
    const [worst] = layers.toSorted((a, b) => figureOf(a) - figureOf(b));
    if (worst === undefined) throw new Error('no layers');
    const detail = await unitDetail(
      { inspection: params, graph: 'vision_encoder', layer: worst.layer, scheme: 'w8a8' },
      quiet,
      options,
    );
    expect(v.parse(unitDetailSchema, detail)).toEqual(detail);
    expect(detail.accumulated.sqnrDb).toBeCloseTo(figureOf(worst), 3);
    const { suggestion } = detail;
    if (suggestion !== null) {
      expect(layers.map(({ layer }) => layer)).toContain(suggestion.match);
      expect(suggestion.scheme).toMatch(/^w(?:16a8|8a16|16a16)$/);
      expect(suggestion.outputSqnrDbBefore).toBeCloseTo(report.graphs[0]?.output[0]?.sqnrDb ?? 0, 3);
      expect(suggestion.outputSqnrDbAfter).toBeGreaterThan(suggestion.outputSqnrDbBefore ?? 0);
    }
    const other = { inspection: params, graph: 'vision', layer: worst.layer, scheme: 'w8a8' };
    await expect(unitDetail(other, quiet, options)).rejects.toThrow(/has no graph vision: choose one of /);
  }, 60_000);

  test('keeps what was measured when it is stopped', async () => {
    const stop = new AbortController();
    const stopped = await inspectModel(
      params,
      event => event.type === 'figures' && stop.abort(),
      stop.signal,
      options,
    );
    expect(stopped.partial).toBe(true);
    expect(stopped.graphs[0]?.output.length).toBeGreaterThan(0);
    expect(stopped.graphs.length).toBeLessThan(3);
    await expect(inspectModel(params, () => {}, AbortSignal.abort(), options)).rejects.toMatchObject({
      kind: 'cancelled',
    });
  }, 60_000);

  test('refuses a recipe for other weights, and one with a mistake, in a sentence', async () => {
    const other = path.join(folder, 'other.quant.yaml');
    writeFileSync(other, `version: 1\nmodel: ${'0'.repeat(64)}\nrules: []\n`);
    const inspect = (recipe: string) =>
      inspectModel({ ...params, recipePath: recipe }, () => {}, quiet, options);
    await expect(inspect(other)).rejects.toThrow(/^other\.quant\.yaml was made for other weights /);
    writeFileSync(other, 'version: 1\nrules: [');
    await expect(inspect(other)).rejects.toThrow(/^other\.quant\.yaml, line 2, column \d+: /);
  });
});

describe('an inspection of a bare graph', () => {
  function graphFile(): string {
    const graph = new GraphBuilder('bare', { '': 17 });
    const x = graph.input('x', 'float32', ['rows', 4]);
    const data = Float32Array.from({ length: 16 }, (_, index) => Math.sin(index + 1));
    const weight = graph.initializer({
      name: 'w',
      type: 'float32',
      dims: [4, 4],
      data: new Uint8Array(data.buffer),
    });
    graph.output('y', graph.op('MatMul', 'product', [x, weight]), 'float32', ['rows', 4]);
    const file = path.join(freshDir(), 'bare.onnx');
    writeFileSync(file, Buffer.concat([...encodeModel(graph.build())]));
    return file;
  }

  test('is fed with random inputs and says so, or with tensors; an open size needs a value', async () => {
    const modelPath = graphFile();
    const inspect = (more: object) =>
      inspectModel({ modelPath, settings: settings('w8'), ...more }, () => {}, quiet, options);
    await expect(inspect({})).rejects.toThrow(/is open: give one\.$/);
    const random = await inspect({ shapes: { x: [3, 4] } });
    expect(random.calibration.source).toBe('random');
    expect(random.graphs[0]?.layers.map(({ layer }) => layer)).toEqual(['product']);
    // Per-channel int8 weights: the ceiling that metrics name for a few inputs is about 48 dB.
    expect(random.graphs[0]?.output[0]?.sqnrDb).toBeGreaterThan(35);
    expect(random.graphs[0]?.output[0]?.sqnrDb).toBeLessThan(65);
    const tensors = path.join(freshDir(), 'samples.json');
    const sample = (value: number) => ({ x: { dims: [1, 4], data: [value, 1, 2, -3] } });
    writeFileSync(tensors, JSON.stringify([sample(1), sample(2), sample(3)]));
    const given = await inspect({ calibration: { path: tensors } });
    expect(given.calibration).toMatchObject({
      source: 'tensors',
      calibrationSamples: 2,
      evaluationSamples: 1,
    });
    writeFileSync(tensors, JSON.stringify([sample(1)]));
    await expect(inspect({ calibration: { path: tensors } })).rejects.toThrow(/ holds one sample, but /);
  });

  test('of nothing, and of a bundle without pictures, is refused in a sentence', async () => {
    const inspect = (modelPath: string) =>
      inspectModel({ modelPath, settings: settings('w8') }, () => {}, quiet, options);
    await expect(inspect('/nowhere')).rejects.toThrow(/^There is no model at \/nowhere: /);
    await expect(inspect(tinyBundle())).rejects.toThrow(/ ships no pictures for calibration: /);
  });
});
