import path from 'node:path';
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
  precision: { placeholder: precisions.join('|'), description: 'arithmetic of the build; without it fp32' },
};

/** @throws {StudioError} `precision-unknown` */
export function readPrecision(given: Given): Precision {
  const text = given.values.get('precision') ?? 'fp32';
  const known = precisions.find(precision => precision === text);
  if (known !== undefined) return known;
  const message = `--precision takes ${precisions.join(', ')}, not "${text}"${didYouMean(nearest(text, precisions)) || '.'}`;
  throw new StudioError('precision-unknown', message);
}

/** Opens the model that the options name, on this machine's processor. */
export async function openModel(given: Given, terminal: Terminal): Promise<LoadedModel> {
  const precision = readPrecision(given);
  const progress = new Progress(terminal.stderr);
  const bundleDir = path.resolve(given.values.get('model') ?? shippedBundle());
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
