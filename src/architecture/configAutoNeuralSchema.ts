import * as v from 'valibot';
import { epsilon, imageSize, layerCount, positive, size, tokenId, tokenIds } from './configFields';

const visionSchema = v.object({
  model_type: v.literal('mobilenetv5'),
  image_size: imageSize,
  in_channels: v.literal(3),
  stem_size: size,
  block_args: v.pipe(v.array(v.pipe(v.array(v.string()), v.minLength(1))), v.minLength(1), v.maxLength(16)),
  channel_multiplier: v.optional(v.pipe(positive, v.maxValue(64)), 1),
  pad_type: v.picklist(['same', '']),
  hidden_act: v.literal('gelu_tanh'),
  norm_eps: epsilon,
  msfa_indices: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.minLength(1)),
  msfa_hidden_size: size,
  msfa_expansion_ratio: v.pipe(positive, v.maxValue(64)),
  msfa_output_resolution: v.tuple([size, size]),
});

/** Field names and defaults of transformers' `Lfm2Config`. */
const textSchema = v.object({
  model_type: v.literal('lfm2'),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: v.optional(size),
  block_ff_dim: v.optional(size),
  block_auto_adjust_ff_dim: v.optional(v.boolean(), true),
  block_ffn_dim_multiplier: v.optional(v.nullable(positive), 1),
  block_multiple_of: v.optional(size, 256),
  num_hidden_layers: layerCount,
  layer_types: v.optional(v.array(v.picklist(['conv', 'full_attention']))),
  full_attn_idxs: v.optional(v.nullable(v.array(v.pipe(v.number(), v.integer())))),
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: v.optional(size),
  conv_L_cache: v.pipe(size, v.minValue(2), v.maxValue(64)),
  conv_bias: v.optional(v.boolean(), false),
  norm_eps: epsilon,
  rope_theta: v.optional(positive),
  rope_parameters: v.optional(v.object({ rope_type: v.literal('default'), rope_theta: positive })),
  max_position_embeddings: size,
  tie_word_embeddings: v.optional(v.boolean(), true),
  bos_token_id: v.optional(v.nullable(tokenId)),
  eos_token_id: tokenIds,
  pad_token_id: v.optional(v.nullable(tokenId)),
});

/** config.json of the paper's network, as it is written. */
export const autoNeuralSchema = v.object({
  model_type: v.literal('autoneural'),
  image_token_id: tokenId,
  image_seq_length: size,
  vision_config: visionSchema,
  projector_hidden_size: size,
  projector_hidden_act: v.literal('gelu_tanh'),
  projector_bias: v.optional(v.boolean(), false),
  text_config: textSchema,
});

export type AutoNeuralJson = v.InferOutput<typeof autoNeuralSchema>;
