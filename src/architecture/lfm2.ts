import { type AttentionWeights, attention } from './decoderAttention';
import type { DecoderFamily } from './decoderFamily';
import { shortConv } from './lfm2ShortConv';
import { linearWeights } from './linear';
import type { TextConfig } from './modelConfig';
import { scaled, type Weights } from './weights';

/** LFM2: short convolutions and some attention. Source: transformers `modeling_lfm2.py`, whose tensor names it has. */
export const lfm2: DecoderFamily = {
  prefix: 'model.language_model.',
  headPrefix: 'lm_head.',
  tokens: 'embed_tokens',
  mixerNorm: 'operator_norm',
  finalNorm: 'embedding_norm',
  mixer: (graph, config, layer, input, weights, shared) =>
    config.layers[layer] === 'conv'
      ? shortConv(graph, config, layer, input, weights.below('conv'))
      : attention(graph, config, layer, input, attentionWeights(config, weights.below('self_attn')), shared),
};

/** `Lfm2Attention`: norms of queries and keys per head before the rotation. */
function attentionWeights(config: TextConfig, weights: Weights): AttentionWeights {
  const { hiddenSize, heads, keyValueHeads, headDim, attentionBias: bias } = config;
  const projection = (path: string, count: number) =>
    linearWeights(weights, path, { inputs: hiddenSize, outputs: count * headDim, bias });
  return {
    query: projection('q_proj', heads),
    key: projection('k_proj', keyValueHeads),
    value: projection('v_proj', keyValueHeads),
    output: linearWeights(weights, 'out_proj', { inputs: heads * headDim, outputs: hiddenSize, bias }),
    headNorms: {
      // The rotation is linear, so the scores' 1/sqrt(d) may already stand in the weight of the query's norm.
      query: scaled(weights.ref('q_layernorm.weight', [headDim]), headDim ** -0.5),
      key: weights.ref('k_layernorm.weight', [headDim]),
    },
  };
}
