import { GraphBuilder } from '../onnx/graphBuilder';
import type { Graph } from '../onnx/model';
import type { Precision } from '../protocol/prompt';
import type { AutoNeuralConfig } from './config';
import { connector } from './connector';
import { type LogitsOf, lfm2Decoder, tokenEmbedding } from './lfm2';
import { mobileNetV5 } from './mobilenetv5';
import { type WeightSource, Weights } from './weights';

/** Part of the cache key of derived graphs: raise it whenever a builder writes other graphs than before. */
export const builderVersion = 3;

export const graphNames = ['vision_encoder', 'connector', 'embed_tokens', 'decoder'] as const;
export type GraphName = (typeof graphNames)[number];

/** The first with RMSNormalization and RotaryEmbedding: one node each, in every graph no operator but standard ones. */
const opsets = { '': 23 };

export interface BuildOptions {
  /** Logits of every position instead of the last one only. */
  readonly logits?: LogitsOf;
}

type Builders = Readonly<
  Record<GraphName, (config: AutoNeuralConfig, source: WeightSource, options: BuildOptions) => Graph>
>;

/** A precision is a set of builders: the recipes of later precisions stand beside `fp32`. */
const buildersOf: Readonly<Record<Precision, Builders>> = {
  fp32: {
    vision_encoder: visionGraph,
    connector: connectorGraph,
    embed_tokens: embeddingGraph,
    decoder: decoderGraph,
  },
};

/**
 * Derives one graph of a model. Tensors are checked against the config now and read when the graph is encoded.
 * @throws {StudioError} `bundle-invalid` with the tensor that is missing or has another shape.
 */
export function buildGraph(
  name: GraphName,
  config: AutoNeuralConfig,
  source: WeightSource,
  precision: Precision,
  options: BuildOptions = {},
): Graph {
  return buildersOf[precision][name](config, source, options);
}

/** `pixel_values` [1, 3, S, S] -> `image_features` [1, tokens, channels]. */
function visionGraph({ vision, imageTokens }: AutoNeuralConfig, source: WeightSource): Graph {
  const graph = new GraphBuilder('vision_encoder', opsets);
  const pixels = graph.input('pixel_values', 'float32', [1, 3, vision.imageSize, vision.imageSize]);
  const features = mobileNetV5(graph, vision, new Weights(source, 'model.vision_tower.'), pixels);
  graph.output('image_features', features, 'float32', [1, imageTokens, vision.fusion.outChannels]);
  return graph.build();
}

/** `image_features` [1, tokens, channels] -> `image_embeds` [1, tokens, d]. */
function connectorGraph(config: AutoNeuralConfig, source: WeightSource): Graph {
  const { imageTokens, projector } = config;
  const inputs = config.vision.fusion.outChannels;
  const outputs = config.text.hiddenSize;
  const graph = new GraphBuilder('connector', opsets);
  const features = graph.input('image_features', 'float32', [1, imageTokens, inputs]);
  const weights = new Weights(source, 'model.multi_modal_projector.');
  const sizes = { inputs, hidden: projector.hiddenSize, outputs, bias: projector.bias };
  graph.output('image_embeds', connector(graph, weights, features, sizes), 'float32', [
    1,
    imageTokens,
    outputs,
  ]);
  return graph.build();
}

/** `input_ids` [1, S] -> `inputs_embeds` [1, S, d]. */
function embeddingGraph({ text }: AutoNeuralConfig, source: WeightSource): Graph {
  const graph = new GraphBuilder('embed_tokens', opsets);
  tokenEmbedding(graph, text, new Weights(source, 'model.language_model.'));
  return graph.build();
}

/** See {@link lfm2Decoder}. */
function decoderGraph({ text }: AutoNeuralConfig, source: WeightSource, options: BuildOptions): Graph {
  const graph = new GraphBuilder('decoder', opsets);
  const weights = new Weights(source, 'model.language_model.');
  lfm2Decoder(graph, text, weights, new Weights(source, 'lm_head.'), options.logits ?? 'last');
  return graph.build();
}
