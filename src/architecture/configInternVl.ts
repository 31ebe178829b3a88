import { checkHeads, checkImageToken, invalidField, listOf, parseFields } from './configFields';
import { type InternVlJson, internVlSchema } from './configInternVlSchema';
import type { InternVitConfig, ModelConfig, TextConfig } from './modelConfig';

/**
 * The baseline: InternViT, pixel shuffle, `mlp1` and InternLM2 (OpenGVLab `InternVLChatModel`).
 * @throws {StudioError} `bundle-invalid` with the field that is wrong.
 */
export function internVlConfig(json: unknown): ModelConfig {
  const fields = parseFields(internVlSchema, json);
  const vision = visionConfig(fields);
  const text = textConfig(fields.llm_config);
  checkImageToken('img_context_token_id', fields.img_context_token_id, text.vocabSize);
  const rows = Math.floor(vision.imageSize / vision.patchSize) / vision.merge;
  return {
    imageTokenId: fields.img_context_token_id,
    imageTokens: rows ** 2,
    featureSize: vision.hiddenSize * vision.merge ** 2,
    vision,
    projector: { kind: 'mlp1' },
    text,
  };
}

function visionConfig(fields: InternVlJson): InternVitConfig {
  const json = fields.vision_config;
  const { hidden_size: hiddenSize, num_attention_heads: heads, patch_size: patchSize } = json;
  if (hiddenSize % heads !== 0) {
    throw invalidField(
      'vision_config.num_attention_heads',
      `is ${heads}, which does not divide hidden_size ${hiddenSize}`,
    );
  }
  const positionGrid = Math.floor(json.image_size / patchSize);
  if (positionGrid === 0) {
    throw invalidField(
      'vision_config.patch_size',
      `is ${patchSize}, larger than image_size ${json.image_size}`,
    );
  }
  const merge = 1 / fields.downsample_ratio;
  return {
    kind: 'intern_vit',
    imageSize: checkedImageSize(fields, merge),
    patchSize,
    positionGrid,
    merge,
    hiddenSize,
    feedForwardSize: json.intermediate_size,
    layers: json.num_hidden_layers,
    heads,
    qkvBias: json.qkv_bias,
    queryKeyNorm: json.qk_normalization,
    norm: json.norm_type === 'layer_norm' ? 'layer' : 'rms',
    normEpsilon: json.layer_norm_eps,
  };
}

/** The position embeddings are made for image_size, but the picture is that of force_image_size. */
function checkedImageSize(
  { force_image_size: forced, vision_config: vision }: InternVlJson,
  merge: number,
): number {
  const field = forced == null ? 'vision_config.image_size' : 'force_image_size';
  const imageSize = forced ?? vision.image_size;
  const patches = Math.floor(imageSize / vision.patch_size);
  if (patches === 0 || patches % merge !== 0) {
    throw invalidField(
      field,
      `is ${imageSize}, whose ${patches} x ${patches} patches of ${vision.patch_size} pixels cannot be merged ${merge} by ${merge}`,
    );
  }
  return imageSize;
}

function textConfig(json: InternVlJson['llm_config']): TextConfig {
  const { num_attention_heads: heads } = json;
  const keyValueHeads = json.num_key_value_heads ?? heads;
  const headDim = checkHeads('llm_config', { ...json, num_key_value_heads: keyValueHeads });
  if (headDim % 2 !== 0) {
    throw invalidField(
      'llm_config.num_attention_heads',
      `is ${heads}, which makes heads of ${headDim}, but rotary embedding needs an even size`,
    );
  }
  return {
    kind: 'internlm2',
    vocabSize: json.vocab_size,
    hiddenSize: json.hidden_size,
    feedForwardSize: json.intermediate_size,
    layers: Array.from({ length: json.num_hidden_layers }, () => 'attention' as const),
    heads,
    keyValueHeads,
    headDim,
    attentionBias: json.bias,
    convTaps: 1,
    convBias: false,
    normEpsilon: json.rms_norm_eps,
    ropeTheta: json.rope_theta,
    contextLength: json.max_position_embeddings,
    tiedEmbeddings: json.tie_word_embeddings,
    endTokenIds: listOf(json.eos_token_id),
  };
}
