import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuiltPrecision, builtPrecisions } from '../../architecture/build';
import { measureClaims } from '../../profiling/claims/measureClaims';
import { StudioError } from '../../protocol/failure';
import { usage, wholeNumber } from '../arguments';
import { claimsTable } from '../claimsTable';
import type { Command, Given, Terminal } from '../command';
import { cacheFolder } from '../places';
import { readConfig } from '../presets';
import { Progress } from '../progress';

/** Holds the paper's claims about speed and room against this machine. */
export const compareCommand: Command = {
  name: 'compare',
  summary: "run a model and a baseline in turns and test the paper's claims about speed here",
  arguments: ['PRESET', 'BASELINE'],
  options: {
    sizes: { placeholder: 'PX,…', description: 'edges of pictures in pixels; without it 256,512,768' },
    contexts: { placeholder: 'N,…', description: 'tokens in the context; without it 512,1024,4096' },
    memory: {
      placeholder: 'SIZE',
      description: 'budget for the longest context, e.g. 4GB, which is what it is without',
    },
    repeat: { placeholder: 'N', description: 'repetitions after a warm-up; without it 3' },
    precision: {
      placeholder: builtPrecisions.join('|'),
      description: 'of the decoders; without it cpu-q4. Encoders run in fp32',
    },
    threads: { placeholder: 'N', description: 'threads inside one operator' },
    json: {
      placeholder: 'FILE',
      description: 'write everything that was measured; it must not be there yet',
    },
  },
  notes: [
    'autoneural-1.5b against internvl2-2b takes 9 GB of disk and memory and some ten minutes;\nautoneural-0.65b against vit-0.65b is for small machines. Weights are random.',
  ],
  run: runCompare,
};

async function runCompare(given: Given, terminal: Terminal): Promise<void> {
  const [first = '', second = ''] = given.positionals;
  const file = given.values.get('json');
  if (file !== undefined && existsSync(file)) throw usage(`${file} is there already: name another file.`);
  const progress = new Progress(terminal.stderr);
  try {
    const report = await measureClaims({
      models: [readConfig(first), readConfig(second)],
      imageSizes: numbers(given, 'sizes', [256, 512, 768], 32, 4096),
      contexts: numbers(given, 'contexts', [512, 1024, 4096], 1, 1 << 20),
      memoryBudgetBytes: memory(given.values.get('memory') ?? '4GB'),
      precision: decoderPrecision(given),
      repeats: wholeNumber('repeat', given.values.get('repeat') ?? '3', 1, 1000),
      threads: wholeNumber('threads', given.values.get('threads') ?? '0', 0, 256),
      cacheDir: cacheFolder(),
      signal: terminal.signal,
      onProgress: message => progress.show(message),
    });
    progress.clear();
    if (file !== undefined)
      await writeFile(path.resolve(file), `${JSON.stringify(report, null, 2)}\n`, { flag: 'wx' });
    terminal.stdout.write(claimsTable(report));
  } finally {
    progress.clear();
  }
}

function numbers(given: Given, option: string, otherwise: number[], from: number, to: number): number[] {
  const text = given.values.get(option);
  if (text === undefined) return otherwise;
  return text.split(',').map(part => wholeNumber(option, part.trim(), from, to));
}

/** @throws {StudioError} `usage` */
function memory(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*(GB|GiB|MB|MiB)$/i.exec(text.trim());
  const unit = { gb: 1e9, gib: 2 ** 30, mb: 1e6, mib: 2 ** 20 }[found?.[2]?.toLowerCase() ?? ''];
  if (found === null || unit === undefined)
    throw usage(`--memory takes an amount such as 4GB or 512MiB, not "${text}".`);
  return Math.round(Number(found[1]) * unit);
}

/** @throws {StudioError} `precision-unknown` */
function decoderPrecision(given: Given): BuiltPrecision {
  const text = given.values.get('precision') ?? 'cpu-q4';
  const known = builtPrecisions.find(precision => precision === text);
  if (known !== undefined) return known;
  const message = `--precision takes ${builtPrecisions.join(' or ')} here, not "${text}".`;
  throw new StudioError('precision-unknown', message);
}
