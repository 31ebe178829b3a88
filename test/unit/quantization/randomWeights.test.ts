import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultQuantizationSettings } from '../../../src/protocol/quantization';
import { inspectModel } from '../../../src/quantization/inspect';
import { applyRecipe } from '../../../src/quantization/recipe/apply';
import { builtFolder, freshDir } from '../bundle/tinyBundle';

const quiet = new AbortController().signal;
const options = { cacheDir: freshDir(), threads: 1 };

describe('a graph that was built with random weights', () => {
  let modelPath: string;
  const recipePath = join(freshDir(), 'connector.quant.yaml');
  const apply = (outDir: string) => applyRecipe({ modelPath, recipePath, outDir }, () => {}, quiet, options);
  const inspect = () =>
    inspectModel(
      { modelPath, settings: { ...defaultQuantizationSettings, schemes: ['w8a16'] } },
      () => {},
      quiet,
      options,
    );

  beforeAll(async () => {
    modelPath = join(await builtFolder(), 'onnx', 'connector.onnx');
    const model = createHash('sha256').update(readFileSync(modelPath)).digest('hex');
    writeFileSync(recipePath, `version: 1\nmodel: "${model}"\nrules:\n- {match: '**', scheme: w8a16}\n`);
  });

  test('has no errors that say anything, and none are given', async () => {
    await expect(inspect()).rejects.toThrow(/^connector\.onnx was built with random weights, whose errors /);
  });

  test('is exported all the same, and not measured', async () => {
    const { outputs, files } = await apply(join(freshDir(), 'out'));
    expect(outputs).toEqual([]);
    expect(files).toHaveLength(2);
  });

  test('is like any other when its weights are not random', async () => {
    const record = join(dirname(dirname(modelPath)), 'build.json');
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, JSON.stringify({ ...JSON.parse(text), weights: { random: false, file: 'w' } }));
    expect((await inspect()).graphs[0]?.output[0]?.sqnrDb).toBeGreaterThan(20);
    expect((await apply(join(freshDir(), 'out'))).outputs).toHaveLength(1);
    writeFileSync(record, text);
  });
});
