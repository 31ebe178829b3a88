import type { ModelInfo } from '../protocol/models';
import type { Precision, PromptEvent, PromptInput, PromptResult } from '../protocol/prompt';
import type { DeviceFacts } from '../protocol/runRecord';
import { answerPrompt } from './answer';
import { Conversation } from './conversation';
import { DecoderCache } from './decoderCache';
import type { OpenModel } from './openModel';
import { PictureMemory } from './pictureMemory';
import type { OpenOptions, Target } from './target';

/** What decides the times of a build, beside the model's own files. */
export interface BuildFacts {
  readonly precision: Precision;
  /** Digest of what decides the graphs in float: config and weights. */
  readonly graphSha256: string;
  /** sha256 of the float weights: of an exported bundle, those it was made from. */
  readonly weightsSha256: string;
  /** Digest of what decides the quantizers; null where there are none. */
  readonly recipeSha256: string | null;
  /** Threads inside one operator. */
  readonly threads: number;
}

/** What is counted of a measured prompt; its tokens' times come as events. */
export type MeasuredAnswer = Pick<PromptResult, 'tokens' | 'timings' | 'stopReason'>;

/** A bundle opened to be measured. One prompt runs at a time. */
export interface MeasuredModel {
  readonly info: ModelInfo;
  readonly facts: BuildFacts;
  /** Bytes of keys, values and convolution states that the decoder holds, room that is not filled yet included. */
  readonly cacheBytes: number;
  /** Tokens of a prompt, those of the picture included. */
  promptLength(question: string): number;
  /**
   * Takes the way of every prompt, but from nothing: no picture and no text is remembered from the one before. It writes
   * `tokens` tokens whatever they are, greedily, so that prompts can be compared; only a full context ends it earlier.
   * @throws {StudioError} as `LoadedModel.prompt` does
   */
  measure(
    input: Pick<PromptInput, 'imagePath' | 'question'>,
    tokens: number,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<MeasuredAnswer>;
  /** Also ends the timing of operators, if it was on. */
  close(): Promise<void>;
}

export interface MeasureOptions extends OpenOptions {
  /** Folder for the times of all operators: a JSON file of ONNX Runtime for each graph. Slows the model. */
  profileDir?: string;
  /** Called when graphs have to be derived first, which takes longer than loading them. */
  onDerive?: () => void;
}

/** What sensors say at one moment; null where there are none. */
export interface SensorReading {
  /** Sensor name -> degrees Celsius. */
  readonly temperaturesC: Readonly<Record<string, number>> | null;
  /** Of the fastest core. */
  readonly clockMhz: number | null;
  /** Resident memory of the process that runs the model. */
  readonly rssBytes: number | null;
}

/** Sensors of the machine that runs a target. */
export interface Sensors {
  /** Why a part of every reading is null, by its name. */
  readonly missing: Readonly<Partial<Record<keyof SensorReading, string>>>;
  /** Takes microseconds to a millisecond. */
  read(): SensorReading;
  /** Largest resident memory since the process began. */
  peakRssBytes(): number | null;
}

/** The machine behind a target, and what it runs with. */
export interface TargetIdentity {
  readonly device: DeviceFacts;
  /** Program or library -> version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A target whose runs can be measured. */
export interface ProfilingTarget extends Target {
  identify(): Promise<TargetIdentity>;
  openMeasured(bundleDir: string, options: MeasureOptions): Promise<MeasuredModel>;
  sensors(): Sensors;
}

/** Measures a model in this process, by the code that answers every prompt. */
export class LocalMeasuredModel implements MeasuredModel {
  private current: Conversation;

  constructor(
    private readonly model: OpenModel,
    readonly info: ModelInfo,
    readonly facts: BuildFacts,
  ) {
    this.current = model.conversation;
  }

  get cacheBytes(): number {
    const { rows, conv } = this.current.cache;
    let bytes = 0;
    for (const { key, value } of rows.values()) bytes += key.byteLength + value.byteLength;
    for (const state of conv.values()) bytes += state.byteLength;
    return bytes;
  }

  promptLength(question: string): number {
    return this.model.settings.encodePrompt([], question.trim()).length;
  }

  measure(
    { imagePath, question }: Pick<PromptInput, 'imagePath' | 'question'>,
    tokens: number,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<MeasuredAnswer> {
    const { graphs, config, settings } = this.model;
    this.current = new Conversation(new DecoderCache(graphs.cacheShape), config.imageTokenId);
    const fresh: OpenModel = {
      ...this.model,
      conversation: this.current,
      pictures: new PictureMemory(),
      settings: { ...settings, endTokens: new Set() },
    };
    const sampling = { maxTokens: tokens, temperature: 0 };
    return answerPrompt(fresh, { imagePath, question, turns: [], sampling }, onEvent, signal);
  }

  async close(): Promise<void> {
    await this.model.graphs.close();
  }
}
