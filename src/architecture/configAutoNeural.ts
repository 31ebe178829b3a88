import { parseBlock } from './blockArgs';
import { type AutoNeuralJson, autoNeuralSchema } from './configAutoNeuralSchema';
import { checkHeads, checkImageToken, invalidField, listOf, parseFields } from './configFields';
import type { MobileNetConfig, ModelConfig, TextConfig } from './modelConfig';

/**
 * The paper's network: MobileNetV5, a plain connector and LFM2.
 * @throws {StudioError} `bundle-invalid` with the field that is wrong.
 */
export function autoNeuralConfig(json: unknown): ModelConfig {
  const fields = parseFields(autoNeuralSchema, json);
  const vision = visionConfig(fields.vision_config);
  const text = textConfig(fields.text_config);
  const [rows, columns] = vision.fusion.grid;
  if (fields.image_seq_length !== rows * columns) {
    throw invalidField(
      'image_seq_length',
      `is ${fields.image_seq_length}, but the encoder makes ${rows * columns} tokens`,
    );
  }
  checkImageToken('image_token_id', fields.image_token_id, text.vocabSize);
  return {
    imageTokenId: fields.image_token_id,
    imageTokens: fields.image_seq_length,
    featureSize: vision.fusion.outChannels,
    vision,
    projector: { kind: 'mlp', hiddenSize: fields.projector_hidden_size, bias: fields.projector_bias },
    text,
  };
}

function visionConfig(json: AutoNeuralJson['vision_config']): MobileNetConfig {
  const stages = json.block_args.map((blocks, stage) =>
    blocks.flatMap((text, index) => {
      const parsed = parseBlock(text);
      if ('problem' in parsed) {
        throw invalidField(`vision_config.block_args.${stage}.${index}`, `("${text}") ${parsed.problem}`);
      }
      return parsed;
    }),
  );
  return {
    kind: 'mobilenetv5',
    imageSize: json.image_size,
    stemSize: json.stem_size,
    stages,
    channelMultiplier: json.channel_multiplier,
    padding: json.pad_type === 'same' ? 'same' : 'symmetric',
    normEpsilon: json.norm_eps,
    fusion: {
      levels: fusionLevels(json.msfa_indices, stages),
      outChannels: json.msfa_hidden_size,
      expansion: json.msfa_expansion_ratio,
      grid: json.msfa_output_resolution,
    },
  };
}

/** Levels are the stem and every stage that is followed by a smaller one or by nothing (timm `feature_info`). */
function fusionLevels(indices: readonly number[], stages: MobileNetConfig['stages']): number[] {
  const levels = [...stages.keys()]
    .filter(stage => stages[stage + 1]?.[0]?.stride !== 1)
    .map(stage => stage + 1);
  if (stages[0]?.[0]?.stride !== 1) levels.unshift(0);
  const taken = indices.map((index, position) => {
    const level = levels.at(index);
    if (level === undefined || index >= levels.length) {
      throw invalidField(
        `vision_config.msfa_indices.${position}`,
        `is ${index}, but the encoder has ${levels.length} feature levels`,
      );
    }
    return level;
  });
  return [...new Set(taken)].sort((a, b) => a - b);
}

function textConfig(json: AutoNeuralJson['text_config']): TextConfig {
  const headDim = checkHeads('text_config', json);
  if (headDim % 2 !== 0)
    throw invalidField('text_config.head_dim', `is ${headDim}, but rotary embedding needs an even one`);
  return {
    kind: 'lfm2',
    vocabSize: json.vocab_size,
    hiddenSize: json.hidden_size,
    feedForwardSize: feedForwardSize(json),
    layers: layerKinds(json),
    heads: json.num_attention_heads,
    keyValueHeads: json.num_key_value_heads,
    headDim,
    attentionBias: false,
    convTaps: json.conv_L_cache,
    convBias: json.conv_bias,
    normEpsilon: json.norm_eps,
    ropeTheta: json.rope_parameters?.rope_theta ?? json.rope_theta ?? 1e6,
    contextLength: json.max_position_embeddings,
    tiedEmbeddings: json.tie_word_embeddings,
    endTokenIds: listOf(json.eos_token_id),
  };
}

function layerKinds(json: AutoNeuralJson['text_config']): TextConfig['layers'] {
  const { num_hidden_layers: count, layer_types: types } = json;
  if (types !== undefined) {
    if (types.length !== count) {
      throw invalidField(
        'text_config.layer_types',
        `names ${types.length} layers, but num_hidden_layers is ${count}`,
      );
    }
    return types.map(type => (type === 'conv' ? 'conv' : 'attention'));
  }
  const attention = json.full_attn_idxs ?? [...Array(count).keys()];
  const outside = attention.find(index => index < 0 || index >= count);
  if (outside !== undefined) {
    throw invalidField(
      'text_config.full_attn_idxs',
      `names layer ${outside}, but num_hidden_layers is ${count}`,
    );
  }
  return Array.from({ length: count }, (_, index) => (attention.includes(index) ? 'attention' : 'conv'));
}

/** `Lfm2MLP`: the width in older configs is that of an ungated layer and is adjusted. */
function feedForwardSize(json: AutoNeuralJson['text_config']): number {
  const stated = json.block_ff_dim ?? json.intermediate_size;
  if (stated === undefined) throw invalidField('text_config.intermediate_size', 'is missing');
  if (!json.block_auto_adjust_ff_dim) return stated;
  const adjusted = Math.trunc((2 * stated) / 3);
  if (json.block_ffn_dim_multiplier === null) return adjusted;
  const multiple = json.block_multiple_of;
  return multiple * Math.ceil(Math.trunc(json.block_ffn_dim_multiplier * adjusted) / multiple);
}
