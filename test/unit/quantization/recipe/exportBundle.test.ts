import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Bundle, openBundle } from '../../../../src/bundle/bundle';
import { deriveGraphs } from '../../../../src/bundle/derive';
import { graphFiles } from '../../../../src/bundle/graphFiles';
import { findTarget } from '../../../../src/devices/local';
import { readGraph } from '../../../../src/onnx/readGraph';
import { StudioError } from '../../../../src/protocol/failure';
import type { Precision } from '../../../../src/protocol/prompt';
import type { ApplyResult, InspectionEvent } from '../../../../src/protocol/quantization';
import { defaultQuantizationSettings } from '../../../../src/protocol/quantization';
import { openSimulation } from '../../../../src/quantization/bundle/simulation';
import { inspectModel } from '../../../../src/quantization/inspect';
import { applyRecipe } from '../../../../src/quantization/recipe/apply';
import { flipByte, freshDir, sha256 } from '../../bundle/tinyBundle';
import { nanoDir, root } from '../../engine/nano';

const quiet = new AbortController().signal;
const shippedRecipe = path.join(nanoDir, 'quantization', 'w8a16-w4a16.quant.yaml');
const options = { cacheDir: freshDir(), threads: 1 };
const graphs = ['vision_encoder', 'connector', 'embed_tokens', 'decoder'];

interface Exported {
  readonly dir: string;
  readonly result: ApplyResult;
  readonly events: InspectionEvent[];
}

async function exportNano(recipePath: string, calibrationPath?: string): Promise<Exported> {
  const dir = path.join(freshDir(), 'exported');
  const events: InspectionEvent[] = [];
  const calibration = calibrationPath === undefined ? {} : { calibration: { path: calibrationPath } };
  const params = { modelPath: nanoDir, recipePath, outDir: dir, ...calibration };
  const result = await applyRecipe(params, event => events.push(event), quiet, options);
  return { dir, result, events };
}

/** @param oneIn of so many questions one is asked; one in four still asks about every picture */
async function answers(bundleDir: string, precision: Precision, oneIn = 4): Promise<string[]> {
  const model = await findTarget('local-cpu').open(bundleDir, { ...options, precision });
  const lines = readFileSync(path.join(root, 'samples', 'prompts.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const given: string[] = [];
  for (const line of lines.filter((_, index) => index % oneIn === 0)) {
    const { image, question } = JSON.parse(line);
    const imagePath = path.join(root, 'samples', image);
    const { answer, tokenIds } = await model.prompt({ imagePath, turns: [], question }, () => {}, quiet);
    given.push(`${tokenIds.join(' ')} ${answer}`);
  }
  await model.close();
  return given;
}

/** A copy that may be damaged. */
function copyOf({ dir }: Exported): string {
  const copy = path.join(freshDir(), 'exported');
  cpSync(dir, copy, { recursive: true });
  return copy;
}

function withSums(dir: string): string {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== 'SHA256SUMS')
    .map(entry => path.relative(dir, path.join(entry.parentPath, entry.name)));
  const lines = names.map(name => `${sha256(readFileSync(path.join(dir, name)))}  ${name}\n`);
  writeFileSync(path.join(dir, 'SHA256SUMS'), lines.join(''));
  return dir;
}

describe('a bundle that a recipe was applied to', () => {
  let exported: Exported;
  beforeAll(async () => {
    exported = await exportNano(shippedRecipe);
  }, 300_000);

  test('holds the very graphs of the precision that ships, where recipe and ranges are the shipped ones', async () => {
    const bundle = await openBundle(nanoDir);
    const derived = await deriveGraphs(bundle, await openSimulation(bundle, 'w8a16-w4a16'), options.cacheDir);
    for (const name of graphs) {
      const written = readFileSync(path.join(exported.dir, 'onnx', `${name}.onnx`));
      const simulated = readFileSync(path.join(path.dirname(derived.decoder), `${name}.onnx`));
      expect(sha256(written), name).toBe(sha256(simulated));
    }
  }, 300_000);

  test('answers as that precision does, without the float weights', async () => {
    expect(existsSync(path.join(exported.dir, 'model.safetensors'))).toBe(false);
    expect(await answers(exported.dir, 'recipe')).toEqual(await answers(nanoDir, 'w8a16-w4a16'));
  }, 300_000);

  test('says what it is, where it comes from, and what was measured on it', async () => {
    const { dir, result } = exported;
    const bundle = await openBundle(dir);
    const float = await openBundle(nanoDir);
    expect(bundle.info()).toMatchObject({
      precisions: ['recipe'],
      parameters: float.info().parameters,
      exported: { recipe: 'w8a16-w4a16.quant.yaml', model: float.name },
    });
    expect(bundle.exported?.model).toEqual({
      name: float.name,
      sha256: float.sha256,
      weightsSha256: float.weightsSha256,
    });
    expect(result.promptable).toBe(true);
    expect(result.ranges).toMatchObject({ source: 'shipped', method: 'minmax' });
    expect(result.files.map(file => path.relative(dir, file))).toContain('SHA256SUMS');
    expect(result.outputs.map(({ graph }) => graph)).toEqual([
      'vision_encoder',
      'decoder.prefill (last token)',
      'decoder.decode',
    ]);
    for (const { predicted, measured } of result.outputs) {
      expect(measured.sqnrDb).toBeGreaterThan(10);
      expect(measured.sqnrDb).toBeLessThan(60);
      expect(Math.abs((measured.sqnrDb ?? 0) - (predicted.sqnrDb ?? Number.NaN))).toBeLessThan(0.05);
    }
    expect(bundle.exported?.outputs).toEqual(result.outputs);
  });

  test('tells on the way what is being done', () => {
    const said = exported.events.flatMap(event => (event.type === 'status' ? [event.message] : []));
    expect(said).toContain('Running the float model over the pictures');
    expect(said.filter(message => message.startsWith('Writing onnx/decoder.onnx: ')).at(-1)).toMatch(
      / [1-9]\d* MB$/,
    );
    expect(said).toContain('Measuring what was written for decoder.decode');
  });

  test('opens in its own precision only, and a float model never in that', async () => {
    const open = (dir: string, precision: Precision) =>
      findTarget('local-cpu').open(dir, { ...options, precision });
    await expect(open(exported.dir, 'fp32')).rejects.toMatchObject({
      kind: 'precision-unknown',
      message: expect.stringMatching(/^exported holds the graphs of its recipe .* cannot compute in fp32: /),
    });
    await expect(open(nanoDir, 'recipe')).rejects.toThrow(/holds no graphs of a recipe: write them with /);
    const params = { modelPath: exported.dir, settings: defaultQuantizationSettings };
    await expect(inspectModel(params, () => {}, quiet, options)).rejects.toThrow(
      /no float weights to measure them against: /,
    );
  });

  test('is refused when a graph is damaged, missing or none at all', async () => {
    const flipped = copyOf(exported);
    flipByte(path.join(flipped, 'onnx', 'decoder.onnx'));
    await expect(openBundle(flipped)).rejects.toThrow(
      / is damaged: onnx\/decoder\.onnx differs from its sha256; /,
    );
    const unsummed = copyOf(exported);
    writeFileSync(path.join(unsummed, 'SHA256SUMS'), '');
    await expect(openBundle(unsummed)).rejects.toThrow(/ SHA256SUMS is not in the format /);
    const open = (dir: string) => findTarget('local-cpu').open(dir, { ...options, precision: 'recipe' });
    const noGraph = copyOf(exported);
    writeFileSync(path.join(noGraph, 'onnx', 'decoder.onnx'), 'no graph');
    await expect(open(withSums(noGraph))).rejects.toMatchObject({
      kind: 'bundle-damaged',
      message: expect.stringMatching(/onnx\/decoder\.onnx cannot be read/),
    });
    const foreign = copyOf(exported);
    const decoder = path.join(foreign, 'onnx', 'decoder.onnx');
    const text = readFileSync(decoder, 'latin1');
    // An operator that no runtime has.
    writeFileSync(decoder, text.replaceAll('QuantizeLinear', 'QuantizeLinexr'), 'latin1');
    await expect(open(withSums(foreign))).rejects.toMatchObject({
      kind: 'bundle-damaged',
      message: expect.stringMatching(/^ONNX Runtime cannot load the graphs of exported \(.*\): export /),
    });
  });

  test('may keep weights beside its graphs, as large ones do, but nowhere else', async () => {
    const moved = copyOf(exported);
    const onnx = path.join(moved, 'onnx');
    for (const { name, chunks } of graphFiles(readGraph(path.join(exported.dir, 'onnx', 'decoder.onnx')), 0))
      writeFileSync(path.join(onnx, name), Buffer.concat([...chunks]));
    expect(readdirSync(onnx)).toContain('decoder.onnx.data');
    expect(await answers(withSums(moved), 'recipe', 20)).toEqual(await answers(exported.dir, 'recipe', 20));
    const outside = path.join(freshDir(), 'weights');
    renameSync(path.join(onnx, 'decoder.onnx.data'), outside);
    symlinkSync(outside, path.join(onnx, 'decoder.onnx.data'));
    await expect(
      findTarget('local-cpu').open(withSums(moved), { ...options, precision: 'recipe' }),
    ).rejects.toMatchObject({ kind: 'bundle-damaged' });
  }, 300_000);

  test('is refused in one sentence, whatever its record says', async () => {
    const dir = copyOf(exported);
    const file = path.join(dir, 'export.json');
    const record = JSON.parse(readFileSync(file, 'utf8'));
    const broken = fc.tuple(fc.constantFrom(...Object.keys(record)), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(broken, async ([key, value]) => {
        writeFileSync(file, JSON.stringify({ ...record, [key]: value }));
        const opened = await openBundle(withSums(dir)).catch((error: unknown) => error);
        if (opened instanceof StudioError) expect(opened.message).toMatch(/^[^\n]*export\.json[^\n]*\.$/);
        else expect(opened).toBeInstanceOf(Bundle);
      }),
      { numRuns: 40 },
    );
  });

  test('takes ranges from the pictures that were named, and another rule changes what it answers with', async () => {
    const recipePath = path.join(freshDir(), 'mine.quant.yaml');
    writeFileSync(
      recipePath,
      `${readFileSync(shippedRecipe, 'utf8')}  - match: decoder.head\n    scheme: w8a16\n`,
    );
    const pictures = freshDir();
    for (const [index, name] of readdirSync(path.join(root, 'samples')).filter(isPicture).entries())
      copyFileSync(path.join(root, 'samples', name), path.join(pictures, `${index}.png`));
    const { dir, result } = await exportNano(recipePath, pictures);
    expect(result.ranges).toMatchObject({ source: 'pictures' });
    const read = (name: string) => readFileSync(path.join(dir, 'quantization', name), 'utf8');
    expect(read('recipe.quant.yaml')).toBe(readFileSync(recipePath, 'utf8'));
    expect(JSON.parse(read('recipe.ranges.json')).samples).toBe(result.ranges.samples);
    expect(existsSync(path.join(dir, 'onnx', 'decoder.encodings.json'))).toBe(true);
    const written = readFileSync(path.join(dir, 'onnx', 'decoder.onnx'));
    expect(written.byteLength).toBeGreaterThan(
      readFileSync(path.join(exported.dir, 'onnx', 'decoder.onnx')).byteLength,
    );
    expect((await answers(dir, 'recipe', 30)).every(answer => /[a-z\d]$/i.test(answer))).toBe(true);
  }, 300_000);
});

describe('an export that does not come to its end', () => {
  test('leaves nothing behind when it is stopped, whenever that is', async () => {
    const parent = freshDir();
    const outDir = path.join(parent, 'out');
    for (const moment of ['Running', 'Writing onnx/vision', 'Measuring']) {
      const controller = new AbortController();
      const stop = (event: InspectionEvent) => {
        if (event.type === 'status' && event.message.startsWith(moment)) controller.abort();
      };
      const params = { modelPath: nanoDir, recipePath: shippedRecipe, outDir };
      await expect(applyRecipe(params, stop, controller.signal, options)).rejects.toMatchObject({
        kind: 'cancelled',
        message: 'The export was stopped, and nothing was kept.',
      });
      expect(readdirSync(parent)).toEqual([]);
    }
  }, 300_000);

  test('says what stands in its way', async () => {
    const parent = freshDir();
    const apply = (outDir: string, recipePath = shippedRecipe) =>
      applyRecipe({ modelPath: nanoDir, recipePath, outDir }, () => {}, quiet, options);
    mkdirSync(path.join(parent, 'taken'));
    await expect(apply(path.join(parent, 'taken'))).rejects.toThrow(
      /taken exists: choose a folder that is not there yet\.$/,
    );
    await expect(apply(path.join(parent, 'no', 'out'))).rejects.toThrow(
      /^There is no folder .*no to write into/,
    );
    const other = path.join(parent, 'other.quant.yaml');
    writeFileSync(other, readFileSync(shippedRecipe, 'utf8').replace(/[0-9a-f]{64}/, `${'0'.repeat(63)}a`));
    await expect(apply(path.join(parent, 'out'), other)).rejects.toThrow(
      /^other\.quant\.yaml was made for other weights /,
    );
    expect(readdirSync(parent).sort()).toEqual(['other.quant.yaml', 'taken']);
  });
});

function isPicture(name: string): boolean {
  return name.endsWith('.png');
}
