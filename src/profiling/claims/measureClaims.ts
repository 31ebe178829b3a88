import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltPrecision } from '../../architecture/build';
import { defaultThreads } from '../../engine/onnxRuntime';
import type { ClaimsReport } from '../../protocol/claims';
import { StudioError } from '../../protocol/failure';
import { RandomModel } from './contender';
import { measureDecode, measurePictures, type Opened } from './passes';
import { ReportDraft } from './reportDraft';
import { removeAbandoned, workFolder } from './workFolder';

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
  /** Hears how many of the single values are there, warm-ups counted. */
  readonly onStep?: (done: number, of: number) => void;
  /** Hears everything so far: what is counted first, then after every repetition of both models. */
  readonly onMeasured?: (report: ClaimsReport) => void;
}

export interface NamedModel {
  readonly name: string;
  /** Content of a config.json. */
  readonly config: unknown;
}

/** Text of a question with its template, beside the picture's tokens. */
export const textTokens = 32;

/**
 * Runs two models with random weights in turns, on this machine's processor, and holds the paper's claims about speed
 * and room (arXiv 2512.02924) against what was measured. Stopped, it gives back what is measured, as `partial`.
 * @throws {StudioError} `cancelled` when it was stopped before the first value; `bundle-invalid` when a model cannot be
 * built at a size
 */
export async function measureClaims(options: ClaimsOptions): Promise<ClaimsReport> {
  const threads = options.threads || defaultThreads();
  const dir = workFolder(options.cacheDir, process.pid);
  const models = options.models.map(({ name, config }, index) => {
    const { precision, signal, onProgress } = options;
    const own = { precision, threads, signal, onProgress };
    return new RandomModel({ ...own, name, config, dir: join(dir, String(index)) });
  }) as [RandomModel, RandomModel];
  const draft = await ReportDraft.begin(models, { ...options, threads, textTokens });
  await removeAbandoned(options.cacheDir);
  await mkdir(dir, { recursive: true });
  try {
    await measureAll(models, draft, options);
    return draft.report();
  } catch (error) {
    if (options.signal.aborted && draft.measured)
      return draft.report('It was stopped before everything was measured.');
    throw isDiskFull(error) ? diskFull(options.cacheDir, error) : error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function measureAll(
  models: readonly [RandomModel, RandomModel],
  draft: ReportDraft,
  options: ClaimsOptions,
): Promise<void> {
  const { imageSizes, contexts, repeats, signal, onProgress } = options;
  const tell = () => options.onMeasured?.(draft.report('Not everything is measured yet.'));
  const of = stepsOf(models, options);
  let done = 0;
  const onStep = () => options.onStep?.(++done, of);
  const pass = { repeats, textTokens, signal, onProgress, onStep };
  tell();
  for (const [index, imageSize] of imageSizes.entries()) {
    const opened: Opened[] = [];
    try {
      for (const model of models)
        opened.push({ model, config: model.at(imageSize), graphs: await model.open(imageSize) });
      const pair = opened as [Opened, Opened];
      await measurePictures(pair, imageSize, pass, row => {
        draft.putPicture(row);
        tell();
      });
      if (index < imageSizes.length - 1) continue;
      for (const context of contexts)
        await measureDecode(pair, context, pass, row => {
          draft.putDecode(row);
          tell();
        });
    } finally {
      for (const { graphs } of opened) await graphs.close();
    }
  }
}

/** Single values: each size in both models, each context in those that read as much. */
function stepsOf(models: readonly RandomModel[], { imageSizes, contexts, repeats }: ClaimsOptions): number {
  const [imageSize = 0] = imageSizes;
  const decodes = models.flatMap(model => {
    const { contextLength } = model.at(imageSize).text;
    return contexts.filter(context => context <= contextLength);
  });
  return (imageSizes.length * models.length + decodes.length) * (repeats + 1);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

function diskFull(cacheDir: string, cause: unknown): StudioError {
  const message = `The graphs of the two models do not fit on the disk of ${cacheDir}; make room there or compare smaller models.`;
  return new StudioError('internal', message, { cause });
}
