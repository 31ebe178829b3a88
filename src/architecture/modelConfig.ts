import type { BlockSpec } from './blockArgs';

/** MobileNetV5 encoder with multi-scale fusion (timm `mobilenetv5.py`). */
export interface MobileNetConfig {
  readonly kind: 'mobilenetv5';
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

/** InternViT, whose patches are merged into tokens at the end (OpenGVLab `modeling_intern_vit.py`). */
export interface InternVitConfig {
  readonly kind: 'intern_vit';
  /** Edge of the square input in pixels; what is left of it beyond whole patches is not looked at. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Rows (and columns) of the grid of patches whose position embeddings are in the weights. */
  readonly positionGrid: number;
  /** Rows (and columns) of patches that become one token. */
  readonly merge: number;
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly qkvBias: boolean;
  /** Norms of queries and of keys over all heads at once. */
  readonly queryKeyNorm: boolean;
  readonly norm: 'layer' | 'rms';
  readonly normEpsilon: number;
}

export type VisionConfig = MobileNetConfig | InternVitConfig;

/** AutoNeural's two linear layers without a norm, or InternVL's `mlp1`, whose sizes follow from its neighbours. */
export type ProjectorConfig =
  | { readonly kind: 'mlp'; readonly hiddenSize: number; readonly bias: boolean }
  | { readonly kind: 'mlp1' };

/** Decoder: the LFM2 hybrid (transformers `modeling_lfm2.py`) or InternLM2 (OpenGVLab `modeling_internlm2.py`). */
export interface TextConfig {
  readonly kind: 'lfm2' | 'internlm2';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Width of the feed-forward layer as it is in the weights. */
  readonly feedForwardSize: number;
  readonly layers: readonly ('conv' | 'attention')[];
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Whether the projections of attention have biases. */
  readonly attentionBias: boolean;
  /** Taps of the short convolution; its state holds one less. 1 where no layer is one. */
  readonly convTaps: number;
  readonly convBias: boolean;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly contextLength: number;
  readonly tiedEmbeddings: boolean;
  readonly endTokenIds: readonly number[];
}

/** A model of the paper's network or of its ViT + transformer baseline. */
export interface ModelConfig {
  readonly imageTokenId: number;
  /** Tokens one picture becomes. */
  readonly imageTokens: number;
  /** Values the encoder gives for one of them. */
  readonly featureSize: number;
  readonly vision: VisionConfig;
  readonly projector: ProjectorConfig;
  readonly text: TextConfig;
}
