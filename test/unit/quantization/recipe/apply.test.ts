import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeModel } from '../../../../src/onnx/encode';
import { GraphBuilder } from '../../../../src/onnx/graphBuilder';
import { readGraph } from '../../../../src/onnx/readGraph';
import type { RecipeApplication } from '../../../../src/protocol/quantization';
import { applyRecipe } from '../../../../src/quantization/recipe/apply';
import { freshDir } from '../../bundle/tinyBundle';

const quiet = new AbortController().signal;
const unheard = () => {};
const options = { cacheDir: freshDir(), threads: 1 };

/** @param rows of its input; a name leaves them open */
function graphFile(rows: number | string = 3): string {
  const graph = new GraphBuilder('bare', { '': 21 });
  const values = Float32Array.from({ length: 8 * 8 }, (_, index) => Math.sin(index * 1.7));
  const weight = (name: string) =>
    graph.initializer({ name, type: 'float32', dims: [8, 8], data: new Uint8Array(values.buffer) });
  const hidden = graph.op('MatMul', 'first', [graph.input('x', 'float32', [rows, 8]), weight('w1')]);
  const active = graph.op('Gelu', 'act', [hidden]);
  graph.output('y', graph.op('MatMul', 'second', [active, weight('w2')]), 'float32', [rows, 8]);
  const file = path.join(freshDir(), 'bare.onnx');
  // Gelu is standard from opset 20 on.
  writeFileSync(file, Buffer.concat([...encodeModel(graph.build())]));
  return file;
}

function recipeFor(modelPath: string, rules: string): string {
  const model = createHash('sha256').update(readFileSync(modelPath)).digest('hex');
  const file = path.join(freshDir(), 'bare.quant.yaml');
  writeFileSync(file, `version: 1\nmodel: "${model}"\nrules:\n${rules}`);
  return file;
}

describe('a recipe that is applied', () => {
  test('gives a model that computes what was predicted, and its encodings', async () => {
    const modelPath = graphFile();
    const recipePath = recipeFor(
      modelPath,
      "- {match: '**', scheme: w8a16}\n- {match: second, scheme: w4a8}\n",
    );
    const outDir = path.join(freshDir(), 'out');
    const { files, outputs, promptable, ranges } = await applyRecipe(
      { modelPath, recipePath, outDir },
      unheard,
      quiet,
      options,
    );
    expect(files.map(file => path.relative(outDir, file))).toEqual(['bare.onnx', 'bare.encodings.json']);
    expect(promptable).toBe(false);
    expect(ranges.source).toBe('random');
    const [{ predicted, measured } = { predicted: null, measured: null }] = outputs;
    expect(measured?.sqnrDb).toBeGreaterThan(5);
    expect(measured?.sqnrDb).toBeLessThan(40);
    expect(Math.abs((measured?.sqnrDb ?? 0) - (predicted?.sqnrDb ?? Number.NaN))).toBeLessThan(0.01);
    const types = readGraph(files[0] ?? '').initializers.map(({ name, type }) => [name, type] as const);
    expect(types).toContainEqual(['w1:quantized', 'int8']);
    expect(types).toContainEqual(['w2:quantized', 'int4']);
    expect(types).toContainEqual(['y:zeroPoint', 'uint8']);
    const encodings = JSON.parse(readFileSync(files[1] ?? '', 'utf8'));
    expect(Object.keys(encodings.activation_encodings)).toEqual(['first', 'act', 'y']);
    expect(encodings.param_encodings.w2).toHaveLength(8);
    for (const { bitwidth, min, max, offset, scale } of [
      ...encodings.param_encodings.w1,
      ...encodings.activation_encodings.y,
    ]) {
      expect(min).toBeCloseTo(offset * scale, 6);
      expect(max).toBeCloseTo((offset + 2 ** bitwidth - 1) * scale, 6);
    }
  });

  test('takes sizes that the graph leaves open, and tensors to find the ranges with', async () => {
    const modelPath = graphFile('rows');
    const recipePath = recipeFor(modelPath, "- {match: '**', scheme: w8a16}\n");
    const apply = (more: Partial<RecipeApplication>) =>
      applyRecipe(
        { modelPath, recipePath, outDir: path.join(freshDir(), 'out'), ...more },
        unheard,
        quiet,
        options,
      );
    await expect(apply({})).rejects.toMatchObject({ kind: 'usage' });
    const { ranges } = await apply({ shapes: { x: [3, 8] } });
    expect(ranges).toMatchObject({ source: 'random', method: 'minmax' });
    const tensors = freshDir();
    for (let sample = 0; sample < 5; sample++) {
      const data = Array.from({ length: 16 }, (_, index) => Math.cos(sample + index));
      const text = JSON.stringify({ x: { dims: [2, 8], data } });
      writeFileSync(path.join(tensors, `${sample}.json`), text);
    }
    const calibrated = await apply({ calibration: { path: tensors } });
    expect(calibrated.ranges).toMatchObject({ source: 'tensors', samples: 4 });
    expect(calibrated.outputs[0]?.measured.sqnrDb).toBeGreaterThan(20);
  });

  test('leaves nothing behind when it fails, and never replaces a folder', async () => {
    const modelPath = graphFile();
    const parent = freshDir();
    const recipePath = recipeFor(graphFile(), '- {match: "**", scheme: w8a16}\n');
    writeFileSync(
      recipePath,
      readFileSync(recipePath, 'utf8').replace(/"[0-9a-f]{64}"/, `"${'0'.repeat(64)}"`),
    );
    const apply = (outDir: string) => applyRecipe({ modelPath, recipePath, outDir }, unheard, quiet, options);
    await expect(apply(path.join(parent, 'out'))).rejects.toThrow(/ was made for other weights /);
    expect(readdirSync(parent)).toEqual([]);
    await expect(apply(parent)).rejects.toThrow(/ exists: /);
    expect(existsSync(parent)).toBe(true);
  });
});
