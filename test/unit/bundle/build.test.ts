import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BuildOptions, buildModel } from '../../../src/bundle/build';
import { checkFreeSpace } from '../../../src/bundle/buildFolder';
import { parseChecksums } from '../../../src/bundle/integrity';
import { DrawnWeights, draw } from '../architecture/drawn';
import { configJson } from '../architecture/golden';
import { floats, openFile, run } from '../architecture/ort';
import { freshDir, sha256, tinyShapes, writeSafetensors } from './tinyBundle';

function options(changes: Partial<BuildOptions> = {}): BuildOptions {
  return {
    name: 'tiny',
    config: configJson(),
    weights: { seed: 3 },
    precision: 'fp32',
    dir: join(freshDir(), 'built'),
    force: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...changes,
  };
}

const graphs = ['connector', 'decoder', 'embed_tokens', 'vision_encoder'];

async function features(dir: string): Promise<Float32Array> {
  const pixels = floats(draw('pixels', 3 * 96 * 96, 0, 1), [1, 3, 96, 96]);
  const session = await openFile(join(dir, 'onnx', 'vision_encoder.onnx'));
  const { image_features } = await run(session, { pixel_values: pixels });
  return image_features?.data ?? new Float32Array();
}

async function refusal(changes: Partial<BuildOptions>): Promise<string> {
  const given = options(changes);
  const before = existsSync(dirname(given.dir)) ? readdirSync(dirname(given.dir)) : [];
  const error = await buildModel(given).then(
    () => new Error('it was built'),
    (reason: unknown) => reason,
  );
  const after = existsSync(dirname(given.dir)) ? readdirSync(dirname(given.dir)) : [];
  expect(after).toEqual(before);
  return error instanceof Error ? error.message : String(error);
}

describe('buildModel', () => {
  test('writes every file with its digest, and nothing else', async () => {
    const given = options();
    const { record, bytes } = await buildModel(given);
    expect(readdirSync(given.dir).sort()).toEqual(['SHA256SUMS', 'build.json', 'config.json', 'onnx']);
    expect(readdirSync(join(given.dir, 'onnx')).sort()).toEqual(graphs.map(name => `${name}.onnx`));
    expect(readdirSync(dirname(given.dir))).toEqual(['built']);
    const sums = parseChecksums(readFileSync(join(given.dir, 'SHA256SUMS'), 'utf8')) ?? new Map();
    let total = 0;
    for (const [name, digest] of sums) {
      const content = readFileSync(join(given.dir, name));
      expect(sha256(content), name).toBe(digest);
      total += content.length;
    }
    expect(sums.size).toBe(6);
    expect(bytes).toBe(total);
    expect(JSON.parse(readFileSync(join(given.dir, 'build.json'), 'utf8'))).toEqual(record);
    expect(record.weights).toEqual({ random: true, seed: 3 });
  });

  test('the same seed gives the same bytes, another seed others', async () => {
    const sums = async (seed: number): Promise<string> => {
      const given = options({ weights: { seed } });
      await buildModel(given);
      return sha256(readFileSync(join(given.dir, 'onnx', 'decoder.onnx')));
    };
    expect(await sums(5)).toBe(await sums(5));
    expect(await sums(5)).not.toBe(await sums(6));
  });

  test('weights in a file of their own change nothing, and random ones stay finite', async () => {
    const whole = options();
    const parted = options({ inlineBytes: 0 });
    await buildModel(whole);
    await buildModel(parted);
    expect(readdirSync(join(parted.dir, 'onnx'))).toContain('vision_encoder.onnx.data');
    const expected = await features(whole.dir);
    expect(expected.every(Number.isFinite)).toBe(true);
    expect(expected.some(value => Math.abs(value) > 0.1)).toBe(true);
    expect(await features(parted.dir)).toEqual(expected);
  });

  test('replaces an earlier build when forced, never anything else', async () => {
    const given = options();
    await buildModel(given);
    expect(await refusal({ dir: given.dir })).toBe(
      `${given.dir} exists; replace it with --force or choose another folder.`,
    );
    await buildModel({ ...given, weights: { seed: 9 }, force: true });
    expect(readFileSync(join(given.dir, 'build.json'), 'utf8')).toContain('"seed": 9');
    expect(readdirSync(dirname(given.dir))).toEqual(['built']);
    const own = join(freshDir(), 'mine');
    mkdirSync(own);
    writeFileSync(join(own, 'thesis.txt'), 'precious');
    expect(await refusal({ dir: own, force: true })).toContain('is no earlier build');
    expect(readdirSync(own)).toEqual(['thesis.txt']);
  });

  test('a build that is stopped leaves nothing, and the earlier one stays', async () => {
    const given = options();
    await buildModel(given);
    const before = readFileSync(join(given.dir, 'SHA256SUMS'), 'utf8');
    const stop = new AbortController();
    const onProgress = (message: string): void => {
      if (message.includes('decoder')) stop.abort();
    };
    const message = await refusal({
      dir: given.dir,
      force: true,
      weights: { seed: 4 },
      signal: stop.signal,
      onProgress,
    });
    expect(message).toBe('The build was stopped, and nothing was kept.');
    expect(readFileSync(join(given.dir, 'SHA256SUMS'), 'utf8')).toBe(before);
  });

  test('a config that cannot be built is told by its field, a missing parent by its path', async () => {
    const config = { ...configJson(), image_seq_length: 7 };
    expect(await refusal({ config })).toContain('image_seq_length is 7');
    expect(await refusal({ dir: join(freshDir(), 'no', 'place') })).toMatch(
      /^There is no folder .*no to write into/,
    );
  });

  test('a disk without room is told before anything is written', async () => {
    const folder = freshDir();
    await expect(checkFreeSpace(folder, 1e18)).rejects.toThrow(
      /^This takes 1000000000\.0 GB, but the disk of .* has .* GB left; make room or choose another folder\.$/,
    );
    await expect(checkFreeSpace(folder, 1)).resolves.toBeUndefined();
  });
});

describe('public weights', () => {
  const withoutOne = Object.fromEntries(Object.entries(tinyShapes).slice(1));
  const [first = ''] = Object.keys(tinyShapes);

  /** A safetensors file in a fresh folder. */
  function file(shapes: Record<string, readonly number[]>, names?: (name: string) => string): string {
    const path = join(freshDir(), 'model.safetensors');
    writeSafetensors(path, shapes, names);
    return path;
  }

  /** The same weights in two files, with an index; `change` edits the index. */
  function sharded(change: (index: Record<string, string>) => void = () => {}): string {
    const dir = freshDir();
    const index: Record<string, string> = {};
    const entries = Object.entries(tinyShapes);
    for (const part of [1, 2]) {
      const name = `model-0000${part}-of-00002.safetensors`;
      const own = entries.filter((_, position) => position % 2 === part - 1);
      writeSafetensors(join(dir, name), Object.fromEntries(own));
      for (const [tensor] of own) index[tensor] = name;
    }
    change(index);
    const path = join(dir, 'model.safetensors.index.json');
    writeFileSync(path, JSON.stringify({ metadata: {}, weight_map: index }));
    return path;
  }

  async function decoderDigest(path: string): Promise<string> {
    const given = options({ weights: { file: path } });
    await buildModel(given);
    return graphs.map(name => sha256(readFileSync(join(given.dir, 'onnx', `${name}.onnx`)))).join();
  }

  test('timm, Gemma 3n, transformers and sharded names give the same graphs', async () => {
    const expected = await decoderDigest(file(tinyShapes));
    const bare = (name: string): string =>
      name.replace('model.vision_tower.', '').replace('model.language_model.', 'model.');
    const nested = (name: string): string =>
      name
        .replace('model.vision_tower.', 'model.vision_tower.timm_model.')
        .replace('model.language_model.', 'language_model.model.')
        .replace('model.multi_modal_projector.', 'multi_modal_projector.');
    const plain = (name: string): string => bare(name).replace(/^model\.(layers|embed)/, '$1');
    for (const path of [file(tinyShapes, bare), file(tinyShapes, nested), file(tinyShapes, plain), sharded()])
      expect(await decoderDigest(path)).toBe(expected);
  });

  test.each<[string, () => string, RegExp]>([
    [
      'missing',
      () => file(withoutOne),
      new RegExp(`tensor ${first} of shape .* is missing in model\\.safetensors`),
    ],
    [
      'superfluous',
      () => file({ ...tinyShapes, 'conv_head.weight': [2] }),
      /tensor conv_head\.weight of .* is superfluous/,
    ],
    [
      'of another layer',
      () => file({ ...tinyShapes, 'model.layers.99.ffn_norm.weight': [2] }),
      /layers\.99.* superfluous/,
    ],
    [
      'mis-shaped',
      () => file({ ...tinyShapes, [first]: [2, 3] }),
      new RegExp(`${first} .* has shape \\[2, 3\\], but the model needs`),
    ],
    [
      'twice',
      () => file({ ...tinyShapes, [first.replace('model.vision_tower.', '')]: tinyShapes[first] ?? [] }),
      /are the same one twice/,
    ],
    [
      'unlisted',
      () => sharded(index => delete index[first]),
      new RegExp(`${first} of .* is not listed in model`),
    ],
    [
      'in another file',
      () =>
        sharded(index => {
          index[first] = 'model-00002-of-00002.safetensors';
        }),
      /is in .* as well, but .* places it in/,
    ],
    [
      'outside',
      () =>
        sharded(index => {
          index[first] = '../other.safetensors';
        }),
      /which is no file beside it/,
    ],
  ])('a tensor that is %s is named', async (_, path, sentence) => {
    const message = await refusal({ weights: { file: path() } });
    expect(message).toMatch(
      /^The weights do not fit the model: [^\n]+; choose other weights or correct the config\.$/,
    );
    expect(message).toMatch(sentence);
  });

  /** All weights in one file and a head in another; both are drawn by the name, so the head must be given its values. */
  function withHead(change: (head: Buffer) => Buffer, shape = tinyShapes[embedding] ?? []): string {
    const dir = freshDir();
    const values = new DrawnWeights(tinyShapes).readFloats(embedding);
    writeSafetensors(join(dir, 'model.safetensors'), tinyShapes);
    const data = change(Buffer.from(values.buffer));
    const entry = { dtype: 'F32', shape, data_offsets: [0, data.length] };
    const header = Buffer.from(JSON.stringify({ 'lm_head.weight': entry }));
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(join(dir, 'head.safetensors'), Buffer.concat([prefix, header, data]));
    const index = Object.fromEntries(Object.keys(tinyShapes).map(name => [name, 'model.safetensors']));
    const path = join(dir, 'model.safetensors.index.json');
    writeFileSync(path, JSON.stringify({ weight_map: { ...index, 'lm_head.weight': 'head.safetensors' } }));
    return path;
  }
  const embedding = 'model.language_model.embed_tokens.weight';

  test('a tied head that is stored again is left out where it equals the embedding', async () => {
    expect(await decoderDigest(withHead(head => head))).toBe(await decoderDigest(file(tinyShapes)));
    const [rows = 0, columns = 0] = tinyShapes[embedding] ?? [];
    const last = rows * columns - 1;
    const changed = withHead(head => {
      head.writeFloatLE(7, 4 * last);
      return head;
    });
    expect(await refusal({ weights: { file: changed } })).toBe(
      `The weights do not fit the model: tensor lm_head.weight of head.safetensors differs from ${embedding} at element ${last}, although the config ties them; choose other weights or correct the config.`,
    );
    const smaller = withHead(head => head.subarray(0, head.length / 2), [rows, columns / 2]);
    expect(await refusal({ weights: { file: smaller } })).toContain(
      `tensor lm_head.weight of head.safetensors has shape [${rows}, ${columns / 2}], but the model needs [${rows}, ${columns}]`,
    );
  });

  test('an index that is none, a missing shard and a missing file are told', async () => {
    const path = join(freshDir(), 'x.index.json');
    writeFileSync(path, '{"weights": 1}');
    expect(await refusal({ weights: { file: path } })).toContain('is no index of weights');
    const index = sharded(map => {
      map[first] = 'gone.safetensors';
    });
    expect(await refusal({ weights: { file: index } })).toContain(
      'gone.safetensors cannot be opened (ENOENT)',
    );
    expect(await refusal({ weights: { file: '/nowhere/a.safetensors' } })).toContain('cannot be opened');
  });
});
