import { GraphBuilder } from '../onnx/graphBuilder';
import type { Graph } from '../onnx/model';
import type { Precision } from '../protocol/prompt';
import { connector, normedConnector } from './connector';
import { decoder, type LogitsOf, tokenEmbedding } from './decoder';
import { withInt4Products } from './int4Products';
import { withInt8Products } from './int8Products';
import { internVit } from './internVit';
import { mobileNetV5 } from './mobilenetv5';
import type { ModelConfig, ProjectorConfig, VisionConfig } from './modelConfig';
import { type WeightSource, Weights } from './weights';

/** Part of the cache key of derived graphs: raise it whenever a builder writes other graphs than before. */
export const builderVersion = 4;

/** Graphs that every precision has. */
export const graphNames = ['vision_encoder', 'connector', 'embed_tokens', 'decoder'] as const;
export type CommonGraphName = (typeof graphNames)[number];
/** `decoder_prefill` has the inputs and outputs of `decoder` and reads many tokens at once faster. */
export type GraphName = CommonGraphName | 'decoder_prefill';

/** The first with RMSNormalization and RotaryEmbedding: one node each, in every graph no operator but standard ones. */
const opsets = { '': 23 };

export interface BuildOptions {
  /** Logits of every position instead of the last one only. */
  readonly logits?: LogitsOf;
}

type Builder = (config: ModelConfig, source: WeightSource, options: BuildOptions) => Graph;
type Builders = Readonly<Record<CommonGraphName, Builder> & { decoder_prefill?: Builder }>;

/** Precisions that builders write from weights alone; all others are these with quantizers put in. */
export const builtPrecisions = ['fp32', 'cpu-q4'] as const satisfies readonly Precision[];
export type BuiltPrecision = (typeof builtPrecisions)[number];

export function isBuiltPrecision(precision: Precision): precision is BuiltPrecision {
  return builtPrecisions.some(each => each === precision);
}

/** Of `cpu-q4`: larger blocks decode faster, and Nano answers as many questions rightly as with 32 (both 83.6 %). */
const int4Block = 128;

/** A precision is a set of builders: the recipes of later precisions stand beside `fp32`. */
const fp32: Builders = {
  vision_encoder: visionGraph,
  connector: connectorGraph,
  embed_tokens: embeddingGraph,
  decoder: decoderGraph,
};
const buildersOf: Readonly<Record<BuiltPrecision, Builders>> = {
  fp32,
  'cpu-q4': {
    ...fp32,
    decoder: (config, source, options) => withInt4Products(decoderGraph(config, source, options), int4Block),
    decoder_prefill: prefillGraph,
  },
};

/** The graphs of a precision. */
export function graphNamesOf(precision: BuiltPrecision): readonly GraphName[] {
  return buildersOf[precision].decoder_prefill === undefined
    ? graphNames
    : [...graphNames, 'decoder_prefill'];
}

/**
 * Derives one graph of a model. Tensors are checked against the config now and read when the graph is encoded.
 * @throws {StudioError} `bundle-invalid` with the tensor that is missing or has another shape.
 */
export function buildGraph(
  name: GraphName,
  config: ModelConfig,
  source: WeightSource,
  precision: BuiltPrecision,
  options: BuildOptions = {},
): Graph {
  const build = buildersOf[precision][name];
  if (build === undefined) throw new Error(`there is no graph ${name} in ${precision}`);
  return build(config, source, options);
}

/** What the tensors of an encoder and of a connector are called; all others are the decoder's. */
export const visionPrefixes: Readonly<Record<VisionConfig['kind'], string>> = {
  mobilenetv5: 'model.vision_tower.',
  intern_vit: 'vision_model.',
};
export const projectorPrefixes: Readonly<Record<ProjectorConfig['kind'], string>> = {
  mlp: 'model.multi_modal_projector.',
  mlp1: 'mlp1.',
};

/** `pixel_values` [1, 3, S, S] -> `image_features` [1, tokens, channels]. */
function visionGraph({ vision, imageTokens, featureSize }: ModelConfig, source: WeightSource): Graph {
  const graph = new GraphBuilder('vision_encoder', opsets);
  const pixels = graph.input('pixel_values', 'float32', [1, 3, vision.imageSize, vision.imageSize]);
  const weights = new Weights(source, visionPrefixes[vision.kind]);
  const features =
    vision.kind === 'mobilenetv5'
      ? mobileNetV5(graph, vision, weights, pixels)
      : internVit(graph, vision, weights, pixels);
  graph.output('image_features', features, 'float32', [1, imageTokens, featureSize]);
  return graph.build();
}

/** `image_features` [1, tokens, channels] -> `image_embeds` [1, tokens, d]. */
function connectorGraph(config: ModelConfig, source: WeightSource): Graph {
  const { imageTokens, projector, featureSize: inputs } = config;
  const outputs = config.text.hiddenSize;
  const graph = new GraphBuilder('connector', opsets);
  const features = graph.input('image_features', 'float32', [1, imageTokens, inputs]);
  const weights = new Weights(source, projectorPrefixes[projector.kind]);
  const embeds =
    projector.kind === 'mlp'
      ? connector(graph, weights, features, {
          inputs,
          hidden: projector.hiddenSize,
          outputs,
          bias: projector.bias,
        })
      : normedConnector(graph, weights, features, { inputs, outputs });
  graph.output('image_embeds', embeds, 'float32', [1, imageTokens, outputs]);
  return graph.build();
}

/** `input_ids` [1, S] -> `inputs_embeds` [1, S, d]. */
function embeddingGraph({ text }: ModelConfig, source: WeightSource): Graph {
  const graph = new GraphBuilder('embed_tokens', opsets);
  tokenEmbedding(graph, text, source);
  return graph.build();
}

/** See {@link decoder}. */
function decoderGraph({ text }: ModelConfig, source: WeightSource, options: BuildOptions): Graph {
  const graph = new GraphBuilder('decoder', opsets);
  decoder(graph, text, source, options.logits ?? 'last');
  return graph.build();
}

/**
 * The decoder for a prompt: a row of activations costs less in int8 products, which read twice the bytes of int4. The
 * head reads one row only, so it has the weights of `decoder`.
 */
function prefillGraph(config: ModelConfig, source: WeightSource, options: BuildOptions): Graph {
  const inner = withInt8Products(
    decoderGraph(config, source, options),
    ({ name }) => name === 'decoder.head',
  );
  return { ...withInt4Products(inner, int4Block), name: 'decoder_prefill' };
}
