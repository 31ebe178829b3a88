import type { ModelInfo, TargetInfo } from '../protocol/models';
import type { Precision, PromptEvent, PromptInput, PromptResult } from '../protocol/prompt';

export interface OpenOptions {
  precision: Precision;
  /** Folder for derived graphs. */
  cacheDir: string;
  /** Threads inside one operator; 0 = chosen by the engine. */
  threads: number;
  onProgress?: (message: string) => void;
  signal?: AbortSignal;
}

/** A prompt as the engine takes it. */
export type PromptRequest = PromptInput & {
  /** Shows the model a grey picture in place of the real one, to measure what it answers without seeing. */
  blind?: boolean;
};

/** A greedy answer with all that the model thought of each of its tokens. */
export interface AnswerTrace
  extends Pick<PromptResult, 'answer' | 'tokenIds' | 'stopReason' | 'timings' | 'precision' | 'model'> {
  /** For each token the characters of the answer up to and with it. */
  readonly ends: readonly number[];
  /** For each token the logits it was chosen from, [vocabulary]. */
  readonly logits: readonly Float32Array[];
  /** Text of every token of the vocabulary, by id: special ones spelled out. */
  readonly vocabulary: readonly string[];
}

/** A bundle opened on a target. One prompt runs at a time; a second call waits for the first. */
export interface LoadedModel {
  readonly info: ModelInfo;
  /**
   * Answers one question about one picture.
   * @throws {StudioError} with the sentence for the user; kind `cancelled` when `signal` was aborted.
   */
  prompt(
    request: PromptRequest,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<PromptResult>;
  /**
   * Answers greedily and keeps what the model thought of every token, for a comparison.
   * @param follow token ids to read in place of the model's own choices; null = its own
   * @throws {StudioError} as `prompt` does
   */
  trace(
    request: PromptRequest,
    follow: readonly number[] | null,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<AnswerTrace>;
  close(): Promise<void>;
}

/** Where a bundle runs. Implemented in `devices`; quantization and profiling are handed one and never know which. */
export interface Target {
  readonly info: TargetInfo;
  open(bundleDir: string, options: OpenOptions): Promise<LoadedModel>;
}
