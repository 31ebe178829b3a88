import * as v from 'valibot';
import { StudioError } from '../protocol/failure';
import { type BlockSpec, parseBlock } from './blockArgs';
import { type ConfigJson, configSchema } from './configSchema';

/** MobileNetV5 encoder with multi-scale fusion (timm `mobilenetv5.py`). */
export interface VisionConfig {
  /** Edge of the square input in pixels. */
  readonly imageSize: number;
  readonly stemSize: number;
  /** Blocks of every stage before {@link channelMultiplier}. */
  readonly stages: readonly (readonly BlockSpec[])[];
  readonly channelMultiplier: number;
  /** TensorFlow's padding, which may be uneven, or symmetric. */
  readonly padding: 'same' | 'symmetric';
  readonly normEpsilon: number;
  readonly fusion: {
    /** Feature levels that are fused, counted from the stem = 0; ascending. */
    readonly levels: readonly number[];
    readonly outChannels: number;
    readonly expansion: number;
    /** Rows and columns of the output grid. */
    readonly grid: readonly [number, number];
  };
}

/** LFM2 hybrid decoder (transformers `modeling_lfm2.py`). */
export interface TextConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Width of the feed-forward layer as it is in the weights. */
  readonly feedForwardSize: number;
  readonly layers: readonly ('conv' | 'attention')[];
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Taps of the short convolution; its state holds one less. */
  readonly convTaps: number;
  readonly convBias: boolean;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly contextLength: number;
  readonly tiedEmbeddings: boolean;
  readonly endTokenIds: readonly number[];
}

export interface AutoNeuralConfig {
  readonly imageTokenId: number;
  /** Tokens one picture becomes. */
  readonly imageTokens: number;
  readonly vision: VisionConfig;
  readonly projector: { readonly hiddenSize: number; readonly bias: boolean };
  readonly text: TextConfig;
}

/**
 * Reads the content of a config.json.
 * @throws {StudioError} `bundle-invalid` with the field that is wrong.
 */
export function parseConfig(json: unknown): AutoNeuralConfig {
  const parsed = v.safeParse(configSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw invalid(v.getDotPath(issue) ?? 'the whole file', `is wrong (${issue.message})`);
  }
  const { output } = parsed;
  const vision = visionConfig(output.vision_config);
  const text = textConfig(output.text_config);
  const [rows, columns] = vision.fusion.grid;
  if (output.image_seq_length !== rows * columns) {
    throw invalid(
      'image_seq_length',
      `is ${output.image_seq_length}, but the encoder makes ${rows * columns} tokens`,
    );
  }
  if (output.image_token_id >= text.vocabSize) {
    throw invalid(
      'image_token_id',
      `is ${output.image_token_id}, beyond the ${text.vocabSize} tokens there are`,
    );
  }
  return {
    imageTokenId: output.image_token_id,
    imageTokens: output.image_seq_length,
    vision,
    projector: { hiddenSize: output.projector_hidden_size, bias: output.projector_bias },
    text,
  };
}

function visionConfig(json: ConfigJson['vision_config']): VisionConfig {
  const stages = json.block_args.map((blocks, stage) =>
    blocks.flatMap((text, index) => {
      const parsed = parseBlock(text);
      if ('problem' in parsed) {
        throw invalid(`vision_config.block_args.${stage}.${index}`, `("${text}") ${parsed.problem}`);
      }
      return parsed;
    }),
  );
  return {
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
function fusionLevels(indices: readonly number[], stages: VisionConfig['stages']): number[] {
  const levels = [...stages.keys()]
    .filter(stage => stages[stage + 1]?.[0]?.stride !== 1)
    .map(stage => stage + 1);
  if (stages[0]?.[0]?.stride !== 1) levels.unshift(0);
  const taken = indices.map((index, position) => {
    const level = levels.at(index);
    if (level === undefined || index >= levels.length) {
      throw invalid(
        `vision_config.msfa_indices.${position}`,
        `is ${index}, but the encoder has ${levels.length} feature levels`,
      );
    }
    return level;
  });
  return [...new Set(taken)].sort((a, b) => a - b);
}

function textConfig(json: ConfigJson['text_config']): TextConfig {
  const { hidden_size: hiddenSize, num_attention_heads: heads, num_key_value_heads: keyValueHeads } = json;
  if (json.head_dim === undefined && hiddenSize % heads !== 0) {
    throw invalid(
      'text_config.num_attention_heads',
      `is ${heads}, which does not divide hidden_size ${hiddenSize}`,
    );
  }
  if (heads % keyValueHeads !== 0) {
    throw invalid(
      'text_config.num_key_value_heads',
      `is ${keyValueHeads}, which does not divide num_attention_heads ${heads}`,
    );
  }
  const headDim = json.head_dim ?? hiddenSize / heads;
  if (headDim % 2 !== 0)
    throw invalid('text_config.head_dim', `is ${headDim}, but rotary embedding needs an even one`);
  const ends = json.eos_token_id ?? [];
  return {
    vocabSize: json.vocab_size,
    hiddenSize,
    feedForwardSize: feedForwardSize(json),
    layers: layerKinds(json),
    heads,
    keyValueHeads,
    headDim,
    convTaps: json.conv_L_cache,
    convBias: json.conv_bias,
    normEpsilon: json.norm_eps,
    ropeTheta: json.rope_parameters?.rope_theta ?? json.rope_theta ?? 1e6,
    contextLength: json.max_position_embeddings,
    tiedEmbeddings: json.tie_word_embeddings,
    endTokenIds: typeof ends === 'number' ? [ends] : ends,
  };
}

function layerKinds(json: ConfigJson['text_config']): TextConfig['layers'] {
  const { num_hidden_layers: count, layer_types: types } = json;
  if (types !== undefined) {
    if (types.length !== count) {
      throw invalid(
        'text_config.layer_types',
        `names ${types.length} layers, but num_hidden_layers is ${count}`,
      );
    }
    return types.map(type => (type === 'conv' ? 'conv' : 'attention'));
  }
  const attention = json.full_attn_idxs ?? [...Array(count).keys()];
  const outside = attention.find(index => index < 0 || index >= count);
  if (outside !== undefined) {
    throw invalid('text_config.full_attn_idxs', `names layer ${outside}, but num_hidden_layers is ${count}`);
  }
  return Array.from({ length: count }, (_, index) => (attention.includes(index) ? 'attention' : 'conv'));
}

/** `Lfm2MLP`: the width in older configs is that of an ungated layer and is adjusted. */
function feedForwardSize(json: ConfigJson['text_config']): number {
  const stated = json.block_ff_dim ?? json.intermediate_size;
  if (stated === undefined) throw invalid('text_config.intermediate_size', 'is missing');
  if (!json.block_auto_adjust_ff_dim) return stated;
  const adjusted = Math.trunc((2 * stated) / 3);
  if (json.block_ffn_dim_multiplier === null) return adjusted;
  const multiple = json.block_multiple_of;
  return multiple * Math.ceil(Math.trunc(json.block_ffn_dim_multiplier * adjusted) / multiple);
}

function invalid(field: string, problem: string): StudioError {
  return new StudioError(
    'bundle-invalid',
    `config.json cannot be used: ${field} ${problem}; correct the field or fetch the model again.`,
  );
}
