import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBundle } from '../../../src/bundle/bundle';
import type { FailureKind } from '../../../src/protocol/failure';
import { configJson } from '../architecture/golden';
import {
  builtFolder,
  flipByte,
  freshDir,
  sha256,
  tinyBundle,
  tinyShapes,
  writeChecksums,
} from './tinyBundle';

async function expectRefusal(dir: string, kind: FailureKind, ...parts: string[]): Promise<void> {
  const failure = await openBundle(dir).then(
    () => ({ kind: 'none', message: '' }),
    error => ({ kind: error.kind, message: error.message }),
  );
  expect(failure.kind).toBe(kind);
  for (const part of parts) expect(failure.message).toContain(part);
  expect(failure.message).not.toContain('\n');
}

describe('a sound bundle', () => {
  test('describes itself', async () => {
    const dir = tinyBundle();
    const bundle = await openBundle(dir);
    expect(bundle.info()).toEqual({
      bundleDir: dir,
      name: basename(dir),
      sha256: sha256(readFileSync(join(dir, 'SHA256SUMS'))),
      parameters: Object.values(tinyShapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0),
      imageSize: 96,
      imageTokens: 9,
      contextLength: 128,
      precisions: ['fp32', 'w8a16-w4a16', 'cpu-q4'],
    });
    expect(await bundle.tokenizer()).toHaveProperty('model.type', 'WordLevel');
    expect(await bundle.tokenizerConfig()).toMatchObject({ bos_token: '<s>', eos_token: '</s>' });
    expect(await bundle.preprocessor()).toMatchObject({
      size: { height: 96, width: 96 },
      image_mean: [0, 0, 0],
    });
    expect(await bundle.processor()).toMatchObject({ image_token: '<image>', image_seq_length: 9 });
    expect(await bundle.generation()).toMatchObject({ eos_token_id: 2, max_new_tokens: 8, do_sample: false });
    expect(await bundle.chatTemplate()).toBe('{{ messages }}');
  });

  test('needs no optional files', async () => {
    const dir = tinyBundle({ sums: false });
    for (const name of ['processor_config.json', 'generation_config.json', 'chat_template.jinja'])
      rmSync(join(dir, name));
    const bundle = await openBundle(dir);
    expect(await bundle.processor()).toBeUndefined();
    expect(await bundle.generation()).toEqual({ do_sample: false });
    await expect(bundle.chatTemplate()).rejects.toThrow('chat_template.jinja is missing');
    writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify({ chat_template: 'from the config' }));
    expect(await bundle.chatTemplate()).toBe('from the config');
  });

  test('without SHA256SUMS is the bundle that it would be with one', async () => {
    const dir = tinyBundle({ sums: false });
    const { sha256: bare, graphSha256 } = await openBundle(dir);
    writeChecksums(dir);
    const summed = await openBundle(dir);
    expect([summed.sha256, summed.graphSha256]).toEqual([bare, graphSha256]);
  });

  test('keeps the identity of its graphs when only its template changes', async () => {
    const dir = tinyBundle({ sums: false });
    const before = await openBundle(dir);
    writeFileSync(join(dir, 'chat_template.jinja'), 'other');
    const after = await openBundle(dir);
    expect(after.graphSha256).toBe(before.graphSha256);
    expect(after.sha256).not.toBe(before.sha256);
  });
});

describe('a bundle that cannot be used says why', () => {
  test('no folder', async () => {
    await expectRefusal(join(freshDir(), 'absent'), 'bundle-missing', 'no model folder at', 'absent');
    await expectRefusal(join(tinyBundle(), 'config.json'), 'bundle-missing', 'no model folder at');
    await expectRefusal(freshDir(), 'bundle-missing', 'is not a model folder', 'config.json');
  });

  test.each(['model.safetensors', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'])(
    'without %s',
    async name => {
      for (const sums of [true, false]) {
        const dir = tinyBundle({ sums });
        rmSync(join(dir, name));
        await expectRefusal(dir, 'bundle-damaged', `${name} is missing`);
      }
    },
  );

  test('a file that differs from its hash, and all of them at once', async () => {
    const dir = tinyBundle();
    await openBundle(dir);
    flipByte(join(dir, 'model.safetensors'));
    await expectRefusal(dir, 'bundle-damaged', 'model.safetensors differs from its sha256');
    truncateSync(join(dir, 'tokenizer.json'), 3);
    rmSync(join(dir, 'chat_template.jinja'));
    await expectRefusal(
      dir,
      'bundle-damaged',
      'model.safetensors differs',
      'tokenizer.json differs',
      'chat_template.jinja is missing',
    );
  });

  test('checksums that are none, or do not cover the weights', async () => {
    const dir = tinyBundle();
    const path = join(dir, 'SHA256SUMS');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, `${text}abc\n`);
    await expectRefusal(dir, 'bundle-damaged', 'SHA256SUMS is not in the format of sha256sum');
    writeFileSync(path, text + text);
    await expectRefusal(dir, 'bundle-damaged', 'SHA256SUMS is not in the format of sha256sum');
    writeFileSync(path, text.replace(/.*model\.safetensors\n/, ''));
    await expectRefusal(dir, 'bundle-damaged', 'SHA256SUMS does not list model.safetensors');
  });

  test('a file that is neither there nor listed is missing, and not the list wrong', async () => {
    const dir = tinyBundle();
    rmSync(join(dir, 'tokenizer.json'));
    writeChecksums(dir);
    await expectRefusal(dir, 'bundle-damaged', 'damaged: tokenizer.json is missing; ');
  });

  test('a folder of graphs that were built', async () => {
    const dir = await builtFolder();
    await expectRefusal(
      dir,
      'bundle-invalid',
      'holds graphs that "autoneural build" made',
      '(tokenizer.json, tokenizer_config.json, preprocessor_config.json, model.safetensors are not there)',
      `choose one of its graphs, such as ${join(dir, 'onnx', 'vision_encoder.onnx')}, or another model folder.`,
    );
  });

  test.each(['../secret', '/etc/passwd', 'a/../../b', '..\\secret'])('a checksum for %s', async name => {
    const dir = tinyBundle();
    appendFileSync(join(dir, 'SHA256SUMS'), `${'0'.repeat(64)}  ${name}\n`);
    await expectRefusal(dir, 'bundle-damaged', JSON.stringify(name), 'outside its folder');
  });

  test('a link out of the folder', async () => {
    const dir = tinyBundle();
    const outside = join(freshDir(), 'weights');
    renameSync(join(dir, 'model.safetensors'), outside);
    symlinkSync(outside, join(dir, 'model.safetensors'));
    await expectRefusal(dir, 'bundle-damaged', 'model.safetensors is a link out of its folder');
  });

  test('files of no use', async () => {
    const dir = tinyBundle({ sums: false });
    writeFileSync(join(dir, 'config.json'), '{"model_type":');
    await expectRefusal(dir, 'bundle-damaged', 'config.json is not JSON');
    writeFileSync(join(dir, 'config.json'), ' '.repeat(2 ** 20 + 1));
    await expectRefusal(
      dir,
      'bundle-damaged',
      'config.json has 1048577 bytes, more than the 1048576 allowed',
    );
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ ...configJson(), image_token_id: '4' }));
    await expectRefusal(dir, 'bundle-invalid', 'config.json cannot be used: image_token_id');
    writeFileSync(join(dir, 'config.json'), JSON.stringify(configJson()));
    writeFileSync(join(dir, 'model.safetensors'), 'nothing of use');
    await expectRefusal(dir, 'bundle-damaged', 'model.safetensors is damaged');
  });

  test('a side file with a wrong field', async () => {
    const dir = tinyBundle({ sums: false });
    writeFileSync(join(dir, 'preprocessor_config.json'), JSON.stringify({ size: { height: 96 } }));
    writeFileSync(join(dir, 'generation_config.json'), JSON.stringify({ top_p: 2 }));
    const bundle = await openBundle(dir);
    await expect(bundle.preprocessor()).rejects.toThrow(
      'preprocessor_config.json cannot be used: size.width is wrong',
    );
    await expect(bundle.generation()).rejects.toThrow(
      'generation_config.json cannot be used: top_p is wrong',
    );
  });
});
