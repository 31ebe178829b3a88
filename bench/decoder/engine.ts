import type { ModelConfig } from '../../src/architecture/modelConfig';

/** What is compared: a decoder that reads and writes tokens, greedily. */
export interface Engine {
  readonly name: string;
  /** Bytes of weights that every written token reads. */
  readonly weightBytes: number;
  /** Bytes of weights that only prompts read, kept beside the others. */
  readonly prefillBytes: number;
  /** Bytes of one number of keys and values. */
  readonly cacheNumberBytes: number;
  /** Reads `count` tokens into an empty cache. */
  read(count: number): Promise<void>;
  /** Writes tokens behind what was read; returns the first. */
  write(count: number): Promise<number>;
  close(): Promise<void>;
}

/** Token ids of a prompt: any will do, equal in all engines. */
export function promptIds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 100 + ((index * 37) % 60_000));
}

export function largestOf(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if ((logits[id] as number) > (logits[best] as number)) best = id;
  return best;
}

/** Bytes that one written token reads behind `context` tokens: the weights, and all keys and values. */
export function bytesPerToken(engine: Engine, { text }: ModelConfig, context: number): number {
  const attentionLayers = text.layers.filter(kind => kind === 'attention').length;
  const numbers = 2 * attentionLayers * text.keyValueHeads * text.headDim * context;
  return engine.weightBytes + numbers * engine.cacheNumberBytes;
}
