import type { GraphBuilder, Value } from '../onnx/graphBuilder';
import type { AttentionInputs } from './decoderAttention';
import type { TextConfig } from './modelConfig';
import type { Weights } from './weights';

/** What tells one decoder from another: the mixers of its layers and the names of its weights. */
export interface DecoderFamily {
  /** Prefixes of the weights of the layers and of the language head. */
  readonly prefix: string;
  readonly headPrefix: string;
  readonly tokens: string;
  readonly mixerNorm: string;
  readonly finalNorm: string;
  /** Mixes tokens: normed [1, S, d] to [1, S, d], with the weights of layer `layer`. */
  mixer(
    graph: GraphBuilder,
    config: TextConfig,
    layer: number,
    input: Value,
    weights: Weights,
    shared: AttentionInputs,
  ): Value;
}
