import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { openBundle } from '../../../src/bundle/bundle';
import { type DerivedGraphs, deriveGraphs } from '../../../src/bundle/derive';
import { draw } from '../architecture/drawn';
import { configJson, parity } from '../architecture/golden';
import { floats, openFile, relativeError, run } from '../architecture/ort';
import { flipByte, freshDir, sha256, tinyBundle, tinyShapes } from './tinyBundle';

async function derive(dir: string, cache: string): Promise<{ graphs: DerivedGraphs; messages: string[] }> {
  const messages: string[] = [];
  const graphs = await deriveGraphs(await openBundle(dir), 'fp32', cache, message => messages.push(message));
  return { graphs, messages };
}

function digests(graphs: DerivedGraphs): string[] {
  return Object.values(graphs).map(path => sha256(readFileSync(path)));
}

describe('deriving graphs', () => {
  test('writes four that ONNX Runtime opens and that answer as PyTorch does', async () => {
    const { graphs, messages } = await derive(tinyBundle(), freshDir());
    expect(messages).toHaveLength(4);
    const [encoder, connector] = [await openFile(graphs.visionEncoder), await openFile(graphs.connector)];
    await openFile(graphs.embedTokens);
    const decoder = await openFile(graphs.decoder);
    const pixels = floats(draw('pixels.pooled', 3 * 96 * 96, 0, 1), [1, 3, 96, 96]);
    const { image_features: features } = await run(encoder, { pixel_values: pixels });
    const expected = parity.vision['pooled']?.features.data ?? new Float32Array();
    expect(relativeError(features?.data ?? new Float32Array(), expected)).toBeLessThan(1e-4);
    expect(connector.outputNames).toEqual(['image_embeds']);
    expect(decoder.inputNames).toContain('past_conv.0');
    expect(decoder.outputNames).toContain('present_key_values.1.key');
  });

  test('keeps the weights of a large graph in a file of their own, with the same answers', async () => {
    const dir = tinyBundle();
    const cache = freshDir();
    const bundle = await openBundle(dir);
    const graphs = await deriveGraphs(bundle, 'fp32', cache, () => {}, 0);
    const files = readdirSync(dirname(graphs.decoder)).sort();
    expect(files).toEqual([
      'connector.onnx',
      'connector.onnx.data',
      'decoder.onnx',
      'decoder.onnx.data',
      'embed_tokens.onnx',
      'embed_tokens.onnx.data',
      'manifest.json',
      'vision_encoder.onnx',
      'vision_encoder.onnx.data',
    ]);
    const whole = await deriveGraphs(bundle, 'fp32', freshDir());
    const feeds = { image_features: floats(draw('features', 9 * 24, -2, 2), [1, 9, 24]) };
    const [parted, single] = [await openFile(graphs.connector), await openFile(whole.connector)];
    expect(await run(parted, feeds)).toEqual(await run(single, feeds));
    for (const graph of Object.values(graphs)) await openFile(graph);

    flipByte(`${graphs.decoder}.data`);
    const repaired: string[] = [];
    await deriveGraphs(bundle, 'fp32', cache, message => repaired.push(message), 0);
    expect(repaired).toHaveLength(4);
  });

  test('is reused, whatever else in the folder changes', async () => {
    const dir = tinyBundle({ sums: false });
    const cache = freshDir();
    const first = await derive(dir, cache);
    writeFileSync(join(dir, 'chat_template.jinja'), 'another one');
    const second = await derive(dir, cache);
    expect(second).toEqual({ graphs: first.graphs, messages: [] });
  });

  test('is made anew for other weights or another config', async () => {
    const cache = freshDir();
    const paths = new Set<string>();
    const text = parity.text['tied']?.config ?? {};
    for (const config of [configJson(), configJson({ text: { ...text, rope_theta: 5e5 } })]) {
      paths.add((await derive(tinyBundle({ config }), cache)).graphs.decoder);
    }
    const other = tinyBundle({ sums: false });
    flipByte(join(other, 'model.safetensors'));
    paths.add((await derive(other, cache)).graphs.decoder);
    expect(paths.size).toBe(3);
  });

  test('repairs a damaged cache', async () => {
    const dir = tinyBundle();
    const cache = freshDir();
    const { graphs } = await derive(dir, cache);
    const intact = digests(graphs);
    const damages = [
      () => flipByte(graphs.decoder),
      () => truncateSync(graphs.connector, 10),
      () => rmSync(graphs.embedTokens),
      () => rmSync(join(dirname(graphs.decoder), 'manifest.json')),
      () => writeFileSync(join(dirname(graphs.decoder), 'manifest.json'), '{"files":'),
    ];
    for (const damage of damages) {
      damage();
      const again = await derive(dir, cache);
      expect(again.messages).toHaveLength(4);
      expect(digests(again.graphs)).toEqual(intact);
    }
  });

  test('leaves nothing behind when the weights do not fit, and names the tensor', async () => {
    const cache = freshDir();
    const missing = { ...tinyShapes };
    delete missing['model.language_model.layers.1.self_attn.k_proj.weight'];
    await expect(derive(tinyBundle({ shapes: missing }), cache)).rejects.toMatchObject({
      kind: 'bundle-invalid',
      message: expect.stringContaining(
        'tensor model.language_model.layers.1.self_attn.k_proj.weight of shape [16,32], which config.json asks for, is missing',
      ),
    });
    const name = 'model.vision_tower.blocks.2.1.attn.key.proj.weight';
    const turned = { ...tinyShapes, [name]: [24, 8, 1, 1] };
    await expect(derive(tinyBundle({ shapes: turned }), cache)).rejects.toMatchObject({
      kind: 'bundle-invalid',
      message: expect.stringContaining(
        `tensor ${name} has shape [24,8,1,1], but config.json asks for [8,24,1,1]`,
      ),
    });
    expect(readdirSync(join(cache, 'graphs'))).toEqual([]);
  });

  test('says when the cache cannot be written', async () => {
    const dir = tinyBundle();
    const file = join(dir, 'config.json');
    await expect(derive(dir, file)).rejects.toMatchObject({
      name: 'StudioError',
      message: expect.stringContaining(`cannot be written to ${file} (ENOTDIR)`),
    });
  });

  test('keeps a bounded number of builds and clears what dead processes left', async () => {
    const cache = freshDir();
    const root = join(cache, 'graphs');
    const folder = (name: string, ageMs: number): string => {
      const path = join(root, name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'manifest.json'), '{}');
      const time = (Date.now() - ageMs) / 1000;
      utimesSync(join(path, 'manifest.json'), time, time);
      utimesSync(path, time, time);
      return path;
    };
    const builds = Array.from({ length: 10 }, (_, index) => folder(`build${index}`, 1000 * (index + 1)));
    const abandoned = folder('build.1.tmp', 7_200_000);
    const inUse = folder('build.2.tmp', 1000);
    const { graphs } = await derive(tinyBundle(), cache);
    expect(existsSync(graphs.decoder)).toBe(true);
    expect(builds.map(path => existsSync(path))).toEqual([...Array(7).fill(true), ...Array(3).fill(false)]);
    expect([existsSync(abandoned), existsSync(inUse)]).toEqual([false, true]);
  });

  test('is safe against other processes that derive the same', async () => {
    const dir = tinyBundle();
    const cache = freshDir();
    const script = join(freshDir(), 'derive.cjs');
    await build({
      stdin: {
        contents: `
          import { openBundle } from './src/bundle/bundle';
          import { deriveGraphs } from './src/bundle/derive';
          const [dir, cache] = process.argv.slice(2);
          openBundle(dir).then(bundle => deriveGraphs(bundle, 'fp32', cache)).then(graphs => process.send(graphs));`,
        resolveDir: fileURLToPath(new URL('../../../', import.meta.url)),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      outfile: script,
    });
    const results = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = fork(script, [dir, cache]);
        const [[graphs], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
        expect(code).toBe(0);
        return graphs as DerivedGraphs;
      }),
    );
    expect(new Set(results.map(graphs => graphs.decoder)).size).toBe(1);
    const root = join(cache, 'graphs');
    expect(readdirSync(root)).toHaveLength(1);
    const written = statSync(results[0]?.decoder ?? '').mtimeMs;
    expect((await derive(dir, cache)).messages).toEqual([]);
    expect(statSync(results[0]?.decoder ?? '').mtimeMs).toBe(written);
  });
});
