import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nanoDir } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';
import { Program } from './program';

let program: Program;
let folder: string;

beforeAll(async () => {
  program = await Program.build();
  folder = scratchFolder();
}, 60_000);

/** Content of a build's build.json. */
function record(name: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, name, 'build.json'), 'utf8'));
}

describe('build', () => {
  it('builds the shipped model from its own folder', async () => {
    const ended = await program.run(['build', nanoDir, '--out', path.join(folder, 'nano')]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      /^Built autoneural-nano in .*: [\d,]+ parameters in fp32, weights of model\.safetensors, 0\.\d+ GB in [\d.]+ s\.\n$/,
    );
    expect(readdirSync(path.join(folder, 'nano', 'onnx'))).toHaveLength(4);
  });

  it('labels random weights, and takes another picture size', async () => {
    const out = path.join(folder, 'random');
    const args = ['build', path.join(nanoDir, 'config.json'), '--out', out, '--random', '7', '--size', '64'];
    expect((await program.run(args)).stdout).toContain('random weights (seed 7)');
    expect(record('random')).toMatchObject({ weights: { random: true, seed: 7 } });
    expect(readFileSync(path.join(out, 'config.json'), 'utf8')).toContain('"image_size": 64');
    expect(await program.run(args)).toMatchObject({ code: 2, stdout: '' });
    expect(await program.run([...args, '--force'])).toMatchObject({ code: 0 });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves nothing behind after %s',
    async signal => {
      const parent = path.join(folder, `stopped by ${signal}`);
      mkdirSync(parent);
      const ended = await program.run(
        ['build', 'autoneural-0.65b', '--out', path.join(parent, 'x'), '--random', '1'],
        { signal, interruptWhen: () => readdirSync(parent).length > 0 },
      );
      expect(ended).toEqual({
        code: 130,
        stdout: '',
        stderr: 'The build was stopped, and nothing was kept.\n',
      });
      expect(readdirSync(parent)).toEqual([]);
    },
    60_000,
  );
});

describe('bad input', () => {
  it.each([
    [['build', 'x'], 'build needs a folder to make: --out DIR.'],
    [
      ['build', 'autonural-1.5b', '--out', 'x'],
      'autonural-1.5b is neither a preset nor a config file, did you mean autoneural-1.5b?',
    ],
    [['build', 'autoneural-1.5b', '--out', 'x'], 'build needs --weights FILE or --random SEED.'],
    [
      ['build', 'autoneural-1.5b', '--out', 'x', '--random', '1', '--weights', 'w'],
      'build takes --weights or --random, not both.',
    ],
    [['build', 'autoneural-1.5b', '--out', 'x', '--random', '-1'], '--random needs a value: --random SEED.'],
    [
      ['build', 'autoneural-1.5b', '--out', 'x', '--random', '4294967296'],
      '--random takes a whole number from 0 to 4294967295, not "4294967296".',
    ],
  ])('is told in one sentence: %j', async (args, sentence) => {
    expect(await program.run(args, { cwd: folder })).toEqual({
      code: 2,
      stdout: '',
      stderr: `${sentence}\n`,
    });
  });

  it('is told in one sentence: configs and weights', async () => {
    const build = async (model: string, ...rest: string[]): Promise<string> => {
      const ended = await program.run(['build', model, '--out', path.join(folder, 'none'), ...rest]);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      return ended.stderr;
    };
    const odd = path.join(folder, 'odd');
    mkdirSync(odd);
    cpSync(path.join(nanoDir, 'config.json'), path.join(odd, 'config.json'));
    const text = readFileSync(path.join(odd, 'config.json'), 'utf8');
    writeFileSync(path.join(odd, 'config.json'), text.replace('"mqa_r1', '"xyz_r1'));
    expect(await build(odd, '--random', '1')).toMatch(
      /^config\.json cannot be used: vision_config\.block_args\.2\.3 \("xyz_[^\n]+\.\n$/,
    );
    writeFileSync(path.join(odd, 'config.json'), 'no json');
    expect(await build(odd, '--random', '1')).toMatch(/is not JSON; choose [^\n]+\.\n$/);
    const weights = path.join(nanoDir, 'model.safetensors');
    expect(await build('autoneural-1.5b', '--weights', weights)).toMatch(
      /^The weights do not fit the model: tensor [^\n]+ has shape [^\n]+\.\n$/,
    );
  });
});
