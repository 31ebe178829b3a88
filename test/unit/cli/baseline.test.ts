import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/architecture/config';
import { plannedTensors } from '../../../src/architecture/plannedTensors';
import { writeSafetensors } from '../bundle/tinyBundle';
import { nanoDir, root } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';
import { Program } from './program';

const folder = scratchFolder();
let program: Program;

beforeAll(async () => {
  program = await Program.build();
});

describe('inspect of the baseline', () => {
  // Source: the shapes of InternViT-300M; the figures that are told leave the patches out.
  it.each([
    [256, 103, 18],
    [448, 361, 32],
    [512, 474, 36],
  ])('at %i px', async (size, gigamacs, rows) => {
    const args = ['inspect', 'internvl2-2b', '--size', String(size), '--json'];
    const { code, stdout, stderr } = await program.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const found = JSON.parse(stdout);
    const [encoder, connector, decoder] = found.parts;
    expect(encoder.parameters + connector.parameters + decoder.parameters).toBe(2_205_754_368);
    expect(found.layers[0]).toMatchObject({ layer: 'vision.patch', outputShape: [1, 1024, rows, rows] });
    expect(Math.floor((encoder.macs - found.layers[0].macs) / 1e9)).toBe(gigamacs);
    expect([found.cacheBytesPerToken, found.stateBytes]).toEqual([2 * 98_304, 0]);
    expect(found.unknown).toEqual({ operators: {}, macsOfLayers: 0, reasons: {} });
  });

  it('says which size cannot be', async () => {
    const { code, stderr } = await program.run(['inspect', 'internvl2-2b', '--size', '238']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /^.*force_image_size is 238, whose 17 x 17 patches of 14 pixels cannot be merged 2 by 2;[^\n]*\n$/,
    );
  });
});

it('builds vit-nano, and another picture size', async () => {
  for (const [name, size] of [
    ['as it is', []],
    ['larger', ['--size', '256']],
  ] as const) {
    const out = path.join(folder, name);
    const { code, stdout } = await program.run(['build', 'vit-nano', '--random', '1', '--out', out, ...size]);
    expect(code).toBe(0);
    expect(stdout).toContain('4,448,512 parameters in fp32, random weights (seed 1)');
    expect(readdirSync(path.join(out, 'onnx'))).toHaveLength(4);
  }
});

it('answers with vit-nano as with any model: the same to one picture, something else to another', async () => {
  const dir = path.join(folder, 'vit-nano');
  const preset = path.join(root, 'models', 'presets', 'vit-nano.json');
  cpSync(nanoDir, dir, {
    recursive: true,
    filter: from => !/safetensors$|SHA256SUMS$|calibration$/.test(from),
  });
  cpSync(preset, path.join(dir, 'config.json'));
  const shapes = plannedTensors(parseConfig(JSON.parse(readFileSync(preset, 'utf8'))), 'fp32');
  writeSafetensors(path.join(dir, 'model.safetensors'), Object.fromEntries(shapes));
  const ask = async (picture: string): Promise<number[]> => {
    const image = path.join(root, 'samples', `${picture}.png`);
    const args = ['prompt', image, 'What is shown?', '--model', dir, '--max-tokens', '8', '--json'];
    const { code, stdout, stderr } = await program.run(args);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout).tokens;
  };
  const first = await ask('door-parcel');
  expect(first).toHaveLength(8);
  expect(await ask('door-parcel')).toEqual(first);
  // Random weights say the same of most pictures.
  const others = await Promise.all(['shapes-four', 'level-b6', 'street-night', 'dashboard-87'].map(ask));
  expect(others).not.toEqual(others.map(() => first));
});
