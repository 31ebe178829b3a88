import path from 'node:path';
import { openBundle } from '../bundle/bundle';
import { findTarget } from '../devices/local';
import type { LoadedModel } from '../engine/target';
import { StudioError } from '../protocol/failure';
import { type Precision, precisions } from '../protocol/prompt';
import { didYouMean } from './arguments';
import type { Given, OptionSpec, Terminal } from './command';
import { nearest } from './nearest';
import { cacheFolder, shippedBundle } from './places';
import { Progress } from './progress';

/** Options of every command that loads a model. */
export const modelOptions: Record<string, OptionSpec> = {
  model: {
    placeholder: 'DIR',
    description: 'model folder; without it the AutoNeural-Nano that is part of the program',
  },
  precision: {
    placeholder: precisions.join('|'),
    description: 'arithmetic of the build; without it fp32, or recipe for a folder of "quantize apply"',
  },
};

/**
 * The precision that the options name, else the first of the model's own: fp32, or that of the recipe it was exported by.
 * @throws {StudioError} `precision-unknown`; what is wrong with the model
 */
export async function readPrecision(given: Given): Promise<Precision> {
  const text = given.values.get('precision');
  if (text === undefined) return (await openBundle(modelFolder(given))).precisions[0];
  const known = precisions.find(precision => precision === text);
  if (known !== undefined) return known;
  const message = `--precision takes ${precisions.join(', ')}, not "${text}"${didYouMean(nearest(text, precisions)) || '.'}`;
  throw new StudioError('precision-unknown', message);
}

/** Opens the model that the options name, on this machine's processor. */
export async function openModel(given: Given, terminal: Terminal): Promise<LoadedModel> {
  const precision = await readPrecision(given);
  const progress = new Progress(terminal.stderr);
  const bundleDir = modelFolder(given);
  try {
    return await findTarget('local-cpu').open(bundleDir, {
      precision,
      cacheDir: cacheFolder(),
      threads: 0,
      signal: terminal.signal,
      onProgress: message => progress.show(message),
    });
  } finally {
    progress.clear();
  }
}

function modelFolder(given: Given): string {
  return path.resolve(given.values.get('model') ?? shippedBundle());
}
