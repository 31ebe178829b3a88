import * as v from 'valibot';
import { epsilon, imageSize, layerCount, positive, size, tokenId, tokenIds } from './configFields';

/** Field names and defaults of `InternVisionConfig`; sizes have none. */
const visionSchema = v.object({
  model_type: v.literal('intern_vit_6b'),
  image_size: v.optional(imageSize, 224),
  patch_size: v.optional(imageSize, 14),
  num_channels: v.optional(v.literal(3), 3),
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  qkv_bias: v.optional(v.boolean(), false),
  qk_normalization: v.optional(v.boolean(), true),
  norm_type: v.optional(v.picklist(['layer_norm', 'rms_norm']), 'rms_norm'),
  layer_norm_eps: v.optional(epsilon, 1e-6),
  hidden_act: v.optional(v.literal('gelu'), 'gelu'),
});

/** Field names and defaults of `InternLM2Config`; sizes have none. */
const textSchema = v.object({
  model_type: v.literal('internlm2'),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  num_key_value_heads: v.optional(v.nullable(size)),
  hidden_act: v.optional(v.literal('silu'), 'silu'),
  bias: v.optional(v.boolean(), true),
  rms_norm_eps: v.optional(epsilon, 1e-6),
  rope_theta: v.optional(positive, 10_000),
  // Dynamic scaling sets in beyond max_position_embeddings, where no context goes.
  rope_scaling: v.optional(v.nullable(v.object({ type: v.literal('dynamic'), factor: positive }))),
  max_position_embeddings: v.optional(size, 2048),
  tie_word_embeddings: v.optional(v.boolean(), false),
  eos_token_id: tokenIds,
});

/** config.json of InternVL with InternViT and InternLM2, as it is published. */
export const internVlSchema = v.object({
  model_type: v.literal('internvl_chat'),
  vision_config: visionSchema,
  llm_config: textSchema,
  downsample_ratio: v.optional(v.picklist([1, 0.5, 0.25]), 0.5),
  // Without the field the reference merges patches as v1 did, which transposes the picture.
  ps_version: v.literal('v2'),
  select_layer: v.optional(v.literal(-1), -1),
  force_image_size: v.optional(v.nullable(imageSize)),
  // The published models leave it to their tokenizer: <IMG_CONTEXT>.
  img_context_token_id: v.optional(tokenId, 92_546),
});

export type InternVlJson = v.InferOutput<typeof internVlSchema>;
