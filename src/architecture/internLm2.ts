import { type AttentionWeights, attention } from './decoderAttention';
import type { DecoderFamily } from './decoderFamily';
import { changed, type LinearWeights, linearWeights } from './linear';
import type { TextConfig } from './modelConfig';
import { rowsOf, scaled, type Weights } from './weights';

/** InternLM2: attention in every layer. Source: OpenGVLab `modeling_internlm2.py`, whose tensor names it has. */
export const internLm2: DecoderFamily = {
  prefix: 'language_model.model.',
  headPrefix: 'language_model.output.',
  tokens: 'tok_embeddings',
  mixerNorm: 'attention_norm',
  finalNorm: 'norm',
  mixer: (graph, config, layer, input, weights, shared) =>
    attention(graph, config, layer, input, attentionWeights(config, weights.below('attention')), shared),
};

/**
 * `InternLM2Attention`: one matrix holds, key head by key head, the rows of the queries of its group, of the key and
 * of the value. Taken apart here, so that each is a layer of its own.
 */
function attentionWeights(config: TextConfig, weights: Weights): AttentionWeights {
  const { hiddenSize, heads, keyValueHeads, headDim, attentionBias: bias } = config;
  const slots = heads / keyValueHeads + 2;
  const packed = linearWeights(weights, 'wqkv', {
    inputs: hiddenSize,
    outputs: keyValueHeads * slots * headDim,
    bias,
  });
  const part = (from: number, to: number): LinearWeights => {
    const ranges = Array.from({ length: keyValueHeads }, (_, head) => {
      const first = head * slots;
      return [(first + from) * headDim, (first + to) * headDim] as const;
    });
    return changed(packed, ref => rowsOf(ref, ranges));
  };
  return {
    // The rotation is linear, so the scores' 1/sqrt(d) may already stand in the query's weights.
    query: changed(part(0, slots - 2), ref => scaled(ref, headDim ** -0.5)),
    key: part(slots - 2, slots - 1),
    value: part(slots - 1, slots),
    output: linearWeights(weights, 'wo', { inputs: heads * headDim, outputs: hiddenSize, bias }),
  };
}
