import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildGraph } from '../../../../src/architecture/build';
import { type Bundle, openBundle } from '../../../../src/bundle/bundle';
import { deriveGraphs } from '../../../../src/bundle/derive';
import { findTarget } from '../../../../src/devices/local';
import { floatsOf, openSession } from '../../../../src/engine/onnxRuntime';
import { Simulation } from '../../../../src/engine/simulation';
import type { Graph } from '../../../../src/onnx/model';
import { readGraph } from '../../../../src/onnx/readGraph';
import { makeRanges } from '../../../../src/quantization/bundle/makeRanges';
import { openSimulation } from '../../../../src/quantization/bundle/simulation';
import { relativeError } from '../../architecture/ort';
import { freshDir, writeChecksums } from '../../bundle/tinyBundle';
import { nanoDir, root } from '../../engine/nano';

const precision = 'w8a16-w4a16' as const;
const quiet = new AbortController().signal;
const picture = path.join(root, 'samples', 'level-b6.png');

/** A copy of the shipped bundle. */
function copyOfNano(): string {
  const dir = path.join(freshDir(), 'nano');
  cpSync(nanoDir, dir, { recursive: true });
  return dir;
}

/** Element type of what each product multiplies by, where it comes from integers. */
function weightTypes(graph: Graph): Set<string | undefined> {
  const constants = new Map(graph.initializers.map(({ name, type }) => [name, type]));
  const makers = new Map(graph.nodes.flatMap(node => node.outputs.map(output => [output, node] as const)));
  const products = graph.nodes.filter(({ op, inputs }) => {
    const maker = makers.get(inputs[1] ?? '');
    return op === 'Conv' || (op === 'MatMul' && (maker === undefined || maker.op === 'DequantizeLinear'));
  });
  return new Set(products.map(({ inputs }) => constants.get(makers.get(inputs[1] ?? '')?.inputs[0] ?? '')));
}

describe('the simulation of w8a16-w4a16', () => {
  let bundle: Bundle;
  const cacheDir = freshDir();

  beforeAll(async () => {
    bundle = await openBundle(nanoDir);
  });

  test('stores int8 weights of the encoder and int4 weights of the decoder', async () => {
    const graphs = await deriveGraphs(bundle, await openSimulation(bundle, precision), cacheDir);
    expect(weightTypes(readGraph(graphs.visionEncoder))).toEqual(new Set(['int8']));
    expect(weightTypes(readGraph(graphs.connector))).toEqual(new Set(['int8']));
    const decoder = readGraph(graphs.decoder);
    // Undefined are products of two activations, whose second operand has no constant behind it.
    expect(weightTypes(decoder)).toEqual(new Set(['int4', undefined]));
    const zeros = new Set(
      decoder.nodes.filter(({ op }) => op === 'QuantizeLinear').map(({ inputs }) => inputs[2]),
    );
    const types = decoder.initializers.filter(({ name }) => zeros.has(name)).map(({ type }) => type);
    expect(types.length).toBeGreaterThan(100);
    expect(new Set(types)).toEqual(new Set(['uint16']));
  }, 60_000);

  test('computes in the engine what the unfused graph computes, and not what fp32 computes', async () => {
    const graphs = await deriveGraphs(bundle, await openSimulation(bundle, precision), cacheDir);
    const { imageSize } = bundle.config.vision;
    const dims = [1, 3, imageSize, imageSize];
    const pixels = Float32Array.from(
      { length: 3 * imageSize ** 2 },
      (_, index) => ((index * 7919) % 256) / 255,
    );
    const feeds = { pixel_values: { type: 'float32', dims, data: pixels } };
    const run = async (graph: Graph): Promise<Float32Array> => {
      const simulation = await Simulation.open(graph, { threads: 1, unoptimised: true });
      const { image_features: features } = await simulation.run(feeds);
      await simulation.close();
      if (!(features?.data instanceof Float32Array)) throw new Error('no features');
      return features.data;
    };
    const { Tensor } = await import('onnxruntime-node');
    const session = await openSession(graphs.visionEncoder, 1);
    const outputs = await session.run({ pixel_values: new Tensor('float32', pixels, dims) });
    const inEngine = floatsOf(outputs['image_features'], 'image_features');
    const unfused = await run(readGraph(graphs.visionEncoder));
    const weights = await bundle.openWeights();
    const float = await run(buildGraph('vision_encoder', bundle.config, weights, 'fp32'));
    weights.close();
    const quantization = relativeError(unfused, float);
    // 8-bit weights leave between 20 and 60 dB; fused quantizers would be as far away from the unfused graph.
    expect(quantization).toBeGreaterThan(1e-3);
    expect(quantization).toBeLessThan(0.1);
    expect(relativeError(inEngine, unfused)).toBeLessThan(quantization / 5);
  }, 60_000);

  test('answers on the local target and says which arithmetic ran', async () => {
    const model = await findTarget('local-cpu').open(nanoDir, { precision, cacheDir, threads: 1 });
    const request = { imagePath: picture, turns: [], question: 'Give a short caption.', sampling: {} };
    const result = await model.prompt(request, () => {}, quiet);
    await model.close();
    expect(result.precision).toBe(precision);
    expect(result.answer).not.toBe('');
  }, 60_000);

  test('needs ranges, of these weights, and says how they are made', async () => {
    const without = copyOfNano();
    rmSync(path.join(without, 'quantization'), { recursive: true });
    writeFileSync(path.join(without, 'SHA256SUMS'), sumsWithout(without, /quantization\//));
    await expect(openSimulation(await openBundle(without), precision)).rejects.toThrow(
      /^nano has no ranges for w8a16-w4a16: make them with "autoneural quantize ranges .*\.$/,
    );
    const stale = copyOfNano();
    const ranges = path.join(stale, 'quantization', `${precision}.ranges.json`);
    const other = readFileSync(ranges, 'utf8').replace(
      /"model": "[0-9a-f]{64}"/,
      `"model": "${'0'.repeat(64)}"`,
    );
    writeFileSync(ranges, other);
    writeFileSync(path.join(stale, 'SHA256SUMS'), sumsWithout(stale, /quantization\//));
    await expect(openSimulation(await openBundle(stale), precision)).rejects.toThrow(
      /^The ranges of nano for w8a16-w4a16 were found with other weights .*\.$/,
    );
  });

  test('gets its ranges from a folder of pictures, and the recipe keeps its rules', async () => {
    const dir = copyOfNano();
    const folder = freshDir();
    for (const name of ['a', 'b', 'c', 'd']) copyFileSync(picture, path.join(folder, `${name}.png`));
    const recipe = path.join(dir, 'quantization', `${precision}.quant.yaml`);
    const edited = `${readFileSync(recipe, 'utf8')}  # mine\n  - match: decoder.head\n    scheme: w8a16\n`;
    writeFileSync(recipe, edited);
    writeChecksumsOf(dir);
    const options = { calibrationPath: folder, cacheDir, threads: 1, onEvent: () => {}, signal: quiet };
    const made = await makeRanges(dir, precision, options);
    expect(made.samples).toBe(3);
    expect(made.values).toBeGreaterThan(100);
    expect(readFileSync(recipe, 'utf8')).toBe(edited);
    // SHA256SUMS fits, or this would throw.
    const simulation = await openSimulation(await openBundle(dir), precision);
    const shipped = await openSimulation(bundle, precision);
    expect(simulation.sha256).not.toBe(shipped.sha256);
  }, 60_000);
});

/** SHA256SUMS without the lines that match. */
function sumsWithout(dir: string, pattern: RegExp): string {
  const lines = readFileSync(path.join(dir, 'SHA256SUMS'), 'utf8').split('\n');
  return lines.filter(line => !pattern.test(line)).join('\n');
}

/** SHA256SUMS of the plain files of a folder. */
function writeChecksumsOf(dir: string): void {
  const parts = ['calibration', 'quantization'].map(name => path.join(dir, name));
  const kept = freshDir();
  for (const part of parts) cpSync(part, path.join(kept, path.basename(part)), { recursive: true });
  for (const part of parts) rmSync(part, { recursive: true });
  writeChecksums(dir);
  for (const part of parts) cpSync(path.join(kept, path.basename(part)), part, { recursive: true });
}
