import { mkdir, rm } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { BuiltPrecision } from '../../architecture/build';
import { defaultThreads, loadOrt } from '../../engine/onnxRuntime';
import { type ClaimsReport, claimsVersion, type PictureRow } from '../../protocol/claims';
import { StudioError } from '../../protocol/failure';
import { RandomModel } from './contender';
import { measureDecode, measurePictures, type Opened } from './passes';
import { judge } from './verdicts';

export interface ClaimsOptions {
  /** The model whose claims are tested, then the baseline. */
  readonly models: readonly [NamedModel, NamedModel];
  /** Edges of pictures in pixels. */
  readonly imageSizes: readonly number[];
  /** Tokens in the context. */
  readonly contexts: readonly number[];
  readonly memoryBudgetBytes: number;
  readonly precision: BuiltPrecision;
  readonly repeats: number;
  /** Threads inside one operator; 0 = chosen by the engine. */
  readonly threads: number;
  /** Folder in which one for the graphs is made and removed. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

interface NamedModel {
  readonly name: string;
  /** Content of a config.json. */
  readonly config: unknown;
}

/** Text of a question with its template, beside the picture's tokens. */
const textTokens = 32;

/**
 * Runs two models with random weights in turns, on this machine's processor, and holds the paper's claims about speed
 * and room (arXiv 2512.02924) against what was measured.
 * @throws {StudioError} `cancelled`; `bundle-invalid` when a model cannot be built at a size
 */
export async function measureClaims(options: ClaimsOptions): Promise<ClaimsReport> {
  const { imageSizes, contexts, repeats, signal, onProgress } = options;
  const threads = options.threads || defaultThreads();
  const dir = join(options.cacheDir, `claims-${process.pid}`);
  const date = new Date().toISOString();
  await mkdir(dir, { recursive: true });
  try {
    const models = options.models.map(({ name, config }, index) => {
      const own = { precision: options.precision, threads, signal, onProgress };
      return new RandomModel({ ...own, name, config, dir: join(dir, String(index)) });
    }) as [RandomModel, RandomModel];
    const pictures: PictureRow[] = [];
    let decode: ClaimsReport['decode'] = [];
    for (const [index, imageSize] of imageSizes.entries()) {
      const opened: Opened[] = [];
      try {
        for (const model of models)
          opened.push({ model, config: model.at(imageSize), graphs: await model.open(imageSize) });
        const pair = opened as [Opened, Opened];
        const pass = { repeats, textTokens, signal, onProgress };
        pictures.push(await measurePictures(pair, imageSize, pass));
        if (index === imageSizes.length - 1) decode = await measureDecode(pair, contexts, pass);
      } finally {
        for (const { graphs } of opened) await graphs.close();
      }
    }
    const firstSize = imageSizes[0] ?? 0;
    const measured: Omit<ClaimsReport, 'claims'> = {
      format: 'autoneural-claims',
      version: claimsVersion,
      date,
      machine: {
        processor: cpus()[0]?.model.trim() ?? 'unknown',
        cores: cpus().length,
        os: `${type()} ${release()}`,
        memoryBytes: totalmem(),
      },
      precision: options.precision,
      threads,
      repeats,
      textTokens,
      memoryBudgetBytes: options.memoryBudgetBytes,
      versions: {
        'onnxruntime-node': (await loadOrt()).env.versions.node ?? 'unknown',
        node: process.versions.node,
      },
      contenders: [
        models[0].facts(firstSize, options.memoryBudgetBytes),
        models[1].facts(firstSize, options.memoryBudgetBytes),
      ] as ClaimsReport['contenders'],
      pictures,
      decode,
      notes: [
        'Weights are random: they may be timed and counted, and say nothing of answers.',
        'Both models ran in turns in one process; the longest contexts are computed from sizes, not tried.',
      ],
    };
    return { ...measured, claims: judge(measured) };
  } catch (error) {
    if (isDiskFull(error)) {
      const message = `The graphs of the two models do not fit on the disk of ${options.cacheDir}; make room there or compare smaller models.`;
      throw new StudioError('internal', message, { cause: error });
    }
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
