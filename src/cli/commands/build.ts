import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BuiltPrecision, builtPrecisions } from '../../architecture/build';
import { withImageSize } from '../../architecture/config';
import { type BuildOptions, type Built, buildModel } from '../../bundle/build';
import { gigabytes } from '../../bundle/buildFolder';
import { StudioError } from '../../protocol/failure';
import { usage, wholeNumber } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { type NamedConfig, readConfig } from '../presets';
import { Progress } from '../progress';

/** Builds a model folder from a preset or a config. */
export const buildCommand: Command = {
  name: 'build',
  summary: 'build the graphs of a preset or a config',
  arguments: ['PRESET|CONFIG'],
  options: {
    out: { placeholder: 'DIR', description: 'folder to be made' },
    weights: {
      placeholder: 'FILE',
      description: 'weights under their public names: FILE.safetensors or FILE.safetensors.index.json',
    },
    random: { placeholder: 'SEED', description: 'random weights instead, for timing and counting' },
    size: { placeholder: 'PX', description: "edge of the picture in pixels; without it the config's" },
    precision: {
      placeholder: builtPrecisions.join('|'),
      description: 'arithmetic of the build; without it fp32',
    },
    force: { description: 'replace an earlier build in DIR' },
  },
  notes: [
    'Presets: autoneural-1.5b, with a narrower encoder autoneural-1.5b-w075, -w050 and -w025, with a smaller\ndecoder autoneural-1b (700M) and autoneural-0.65b (350M); the baseline internvl2-2b (InternViT-300M and\nInternLM2-1.8B), and the same kind of network in the size of AutoNeural-Nano, vit-nano, and of\nautoneural-0.65b, vit-0.65b. CONFIG is a config.json or a folder with one, whose model.safetensors is\ntaken when neither --weights nor --random is given.',
    'DIR gets config.json, the graphs in onnx/, build.json and SHA256SUMS, all of them or nothing.',
  ],
  run: runBuild,
};

async function runBuild(given: Given, terminal: Terminal): Promise<void> {
  const out = given.values.get('out');
  if (out === undefined) throw usage('build needs a folder to make: --out DIR.');
  const named = readConfig(given.positionals[0] ?? '');
  const progress = new Progress(terminal.stderr);
  const startedAt = performance.now();
  try {
    const built = await buildModel({
      name: named.name,
      config: sized(named.config, given),
      weights: weightsOf(given, named),
      precision: builtPrecision(given),
      dir: path.resolve(out),
      force: given.flags.has('force'),
      signal: terminal.signal,
      onProgress: message => progress.show(message),
    });
    progress.clear();
    terminal.stdout.write(summary(built, out, (performance.now() - startedAt) / 1000));
  } finally {
    progress.clear();
  }
}

/** @throws {StudioError} `usage` when it is unclear which weights are meant */
function weightsOf(given: Given, { folder }: NamedConfig): BuildOptions['weights'] {
  const file = given.values.get('weights');
  const seed = given.values.get('random');
  if (file !== undefined && seed !== undefined) throw usage('build takes --weights or --random, not both.');
  if (seed !== undefined) return { seed: wholeNumber('random', seed, 0, 2 ** 32 - 1) };
  if (file !== undefined) return { file: path.resolve(file) };
  const beside = ['model.safetensors', 'model.safetensors.index.json']
    .map(name => path.join(folder ?? '', name))
    .find(each => folder !== undefined && existsSync(each));
  if (beside === undefined) throw usage('build needs --weights FILE or --random SEED.');
  return { file: beside };
}

/** @throws {StudioError} `precision-unknown`: the other precisions need ranges, which only a whole model can give */
function builtPrecision(given: Given): BuiltPrecision {
  const text = given.values.get('precision') ?? 'fp32';
  const known = builtPrecisions.find(precision => precision === text);
  if (known !== undefined) return known;
  const message = `build makes graphs in ${builtPrecisions.join(' or ')}, not in "${text}": quantized ones are made by "autoneural quantize apply".`;
  throw new StudioError('precision-unknown', message);
}

/** The config with the picture size that was asked for. */
function sized(config: unknown, given: Given): unknown {
  const size = given.values.get('size');
  return size === undefined ? config : withImageSize(config, wholeNumber('size', size, 32, 4096));
}

function summary({ record, bytes }: Built, out: string, seconds: number): string {
  const { model, precision, parameters, weights } = record;
  const origin = weights.random ? `random weights (seed ${weights.seed})` : `weights of ${weights.file}`;
  const count = parameters.total.toLocaleString('en-US');
  return `Built ${model} in ${out}: ${count} parameters in ${precision}, ${origin}, ${gigabytes(bytes)} GB in ${seconds.toFixed(1)} s.\n`;
}
