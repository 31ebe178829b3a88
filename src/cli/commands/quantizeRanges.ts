import path from 'node:path';
import { makeRanges } from '../../quantization/bundle/makeRanges';
import type { Command, Given, Terminal } from '../command';
import { cacheFolder } from '../places';
import { Progress } from '../progress';
import { sampleOptions } from '../sampleOptions';

/** Finds the ranges that the precision w8a16-w4a16 of a model folder needs. */
export const quantizeRangesCommand: Command = {
  name: 'quantize ranges',
  summary: 'find the ranges of a model folder for the precision w8a16-w4a16',
  arguments: ['MODEL'],
  options: sampleOptions,
  notes: [
    'Writes quantization/w8a16-w4a16.quant.yaml (unless it is there) and .ranges.json into MODEL and updates its\nSHA256SUMS; to be run again whenever the weights change.',
  ],
  run: runRanges,
};

async function runRanges(given: Given, terminal: Terminal): Promise<void> {
  const calibration = given.values.get('calibration');
  const progress = new Progress(terminal.stderr);
  try {
    const { samples, values, files } = await makeRanges(given.positionals[0] ?? '', 'w8a16-w4a16', {
      calibrationPath: calibration === undefined ? undefined : path.resolve(calibration),
      cacheDir: cacheFolder(),
      threads: 0,
      signal: terminal.signal,
      onEvent: event =>
        event.type === 'status' && progress.show(`${event.message} (${event.done} of ${event.total})`),
    });
    progress.clear();
    terminal.stdout.write(
      `Ranges of ${values} values over ${samples} pictures are in ${files.join(' and ')}.\n`,
    );
  } finally {
    progress.clear();
  }
}
