import { buildGraph } from '../../architecture/build';
import type { WeightSource } from '../../architecture/weights';
import type { Bundle } from '../../bundle/bundle';
import { joinGraphs } from '../../onnx/compose';
import type { Graph } from '../../onnx/model';

/** The graphs of a bundle that quantizers are put into, in fp32. The embedding is a table that stays as it is. */
export interface BundleGraphs {
  /** Pixels to image embeddings: encoder and connector in one. */
  readonly visionEncoder: Graph;
  /** With the logits of every position, so that all tokens of a prompt are measured. */
  readonly decoder: Graph;
}

/**
 * @param weights of the bundle, open as long as the graphs are used: they are read when a graph is
 * @throws {StudioError} `bundle-invalid` when the weights do not fit the config
 */
export function bundleGraphs({ config }: Bundle, weights: WeightSource): BundleGraphs {
  const build = (name: 'vision_encoder' | 'connector') => buildGraph(name, config, weights, 'fp32');
  return {
    visionEncoder: joinGraphs('vision_encoder', build('vision_encoder'), build('connector')),
    decoder: buildGraph('decoder', config, weights, 'fp32', { logits: 'all' }),
  };
}
