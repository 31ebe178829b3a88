import type { Bundle } from '../bundle/bundle';
import type { DerivedGraphs } from '../bundle/derive';
import { StudioError } from '../protocol/failure';
import type { ModelInfo } from '../protocol/models';
import type { Precision, PromptEvent, PromptResult } from '../protocol/prompt';
import { answerPrompt } from './answer';
import { traceAnswer } from './compareTrace';
import { Conversation } from './conversation';
import { DecoderCache } from './decoderCache';
import { type GraphChoices, ModelGraphs } from './modelGraphs';
import { defaultThreads } from './onnxRuntime';
import type { OpenModel } from './openModel';
import { loadSharp } from './picture/library';
import { PictureMemory } from './pictureMemory';
import { readSettings } from './settings';
import type { AnswerTrace, LoadedModel, PromptRequest } from './target';

export interface LoadOptions {
  precision: Precision;
  /** Threads inside one operator; 0 = {@link defaultThreads}. */
  threads: number;
  /** Provider that is asked for before the CPU. */
  provider?: string;
}

/**
 * Loads a bundle's graphs and reads its tokenizer and settings.
 * @throws {StudioError} `bundle-damaged` or `bundle-invalid` with the file, `internal` without ONNX Runtime
 */
export async function loadModel(
  bundle: Bundle,
  graphs: DerivedGraphs,
  options: LoadOptions,
): Promise<LoadedModel> {
  const model = await openParts(bundle, graphs, options.threads, options);
  return new EngineModel(model, bundle.info(), options.precision);
}

/**
 * The parts of a loaded model, with an empty memory.
 * @param threads inside one operator; 0 = {@link defaultThreads}
 * @throws {StudioError} as {@link loadModel}
 */
export async function openParts(
  bundle: Bundle,
  graphs: DerivedGraphs,
  threads: number,
  choices: GraphChoices = {},
): Promise<OpenModel> {
  const { config } = bundle;
  const settings = await readSettings(bundle);
  // Here and not with the first picture, whose decoding time it would pass for.
  await loadSharp();
  const open = await ModelGraphs.open(graphs, config, threads || defaultThreads(), choices).catch(
    (error: unknown) => {
      // What was derived here runs; what was written elsewhere may be anything.
      throw bundle.exported === undefined ? error : refusedGraphs(bundle, error);
    },
  );
  const conversation = new Conversation(new DecoderCache(open.cacheShape), config.imageTokenId);
  return { graphs: open, settings, config, conversation, pictures: new PictureMemory() };
}

function refusedGraphs({ name, exported }: Bundle, error: unknown): StudioError {
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  const message = `ONNX Runtime cannot load the graphs of ${name} (${reason}): export ${exported?.model.name ?? 'the model'} again.`;
  return new StudioError('bundle-damaged', message, { cause: error });
}

class EngineModel implements LoadedModel {
  /** The prompt that runs now, and those that wait for it. */
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly model: OpenModel,
    readonly info: ModelInfo,
    private readonly precision: Precision,
  ) {}

  async prompt(
    request: PromptRequest,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<PromptResult> {
    return this.whileOpen(async () => {
      const answer = await answerPrompt(this.model, request, onEvent, signal);
      return { ...answer, ...this.identity };
    });
  }

  async trace(
    request: PromptRequest,
    follow: readonly number[] | null,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<AnswerTrace> {
    return this.whileOpen(async () => ({
      ...(await traceAnswer(this.model, request, follow, onEvent, signal)),
      ...this.identity,
    }));
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      if (this.closed) return;
      this.closed = true;
      await this.model.graphs.close();
    });
  }

  /** What every answer says of the model that gave it. */
  private get identity(): Pick<PromptResult, 'precision' | 'model'> {
    const { name, sha256 } = this.info;
    return { precision: this.precision, model: { name, sha256 } };
  }

  private whileOpen<T>(work: () => Promise<T>): Promise<T> {
    return this.inTurn(() => {
      if (this.closed) throw new StudioError('internal', 'The model was closed: open it again.');
      return work();
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}
