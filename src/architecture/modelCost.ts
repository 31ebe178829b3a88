import { graphCost, type LayerCost } from '../onnx/cost';
import type { SizeBinding } from '../onnx/shapes/infer';
import { structureOf } from '../onnx/structure';
import { buildGraph, type GraphName } from './build';
import type { ModelConfig, TextConfig } from './modelConfig';
import { ShapeOnlyWeights } from './shapeOnly';

export interface PartCost {
  readonly name: 'encoder' | 'connector' | 'decoder';
  /** Of the network as it is published: before factors are folded into weights, a tied tensor once. */
  readonly parameters: number;
  /** Of one picture, or of one new token of the decoder at the given context. */
  readonly macs: number | null;
  /** Constants of the part's graphs, the tied embedding in both of its graphs. */
  readonly bytes: number;
}

export interface ModelCost {
  readonly parts: readonly PartCost[];
  /** Keys and values of one token. */
  readonly cacheBytesPerToken: number;
  /** State of the short convolutions, whatever the context. */
  readonly stateBytes: number;
  readonly layers: readonly LayerCost[];
}

/** The graphs that each part consists of. */
export const graphsOf: Readonly<Record<PartCost['name'], readonly GraphName[]>> = {
  encoder: ['vision_encoder'],
  connector: ['connector'],
  decoder: ['embed_tokens', 'decoder'],
};

/**
 * What a model costs in fp32, by its config alone: no weight is read.
 * @param context tokens there are once the new one has been added
 * @param stored tensors of a weights file; without it all are there that the config asks for
 * @throws {StudioError} `bundle-invalid` with the field or tensor that does not fit
 */
export function modelCost(
  config: ModelConfig,
  context: number,
  stored?: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): ModelCost {
  const sizes: Readonly<Record<string, number>> = { sequence: 1, past: context - 1, total: context };
  const bind: SizeBinding = (_input, _axis, name) => sizes[name];
  const layers: LayerCost[] = [];
  const parts = (['encoder', 'connector', 'decoder'] as const).map((name): PartCost => {
    const weights = new ShapeOnlyWeights(stored);
    const costs = graphsOf[name].map(graph =>
      graphCost(structureOf(buildGraph(graph, config, weights, 'fp32')), bind),
    );
    layers.push(...costs.flatMap(cost => cost.layers));
    return {
      name,
      parameters: sum([...weights.asked.values()].map(elements)),
      macs: costs.every(cost => cost.macs !== null) ? sum(costs.map(cost => cost.knownMacs)) : null,
      bytes: sum(costs.map(cost => cost.knownBytes)),
    };
  });
  return { parts, ...memoryOf(config.text), layers };
}

/** fp32 values of the inputs `past_key_values.*` and `past_conv.*` of the decoder. */
function memoryOf(text: TextConfig): Pick<ModelCost, 'cacheBytesPerToken' | 'stateBytes'> {
  const attention = text.layers.filter(kind => kind === 'attention').length;
  const convolutions = text.layers.length - attention;
  return {
    cacheBytesPerToken: attention * 2 * text.keyValueHeads * text.headDim * 4,
    stateBytes: convolutions * text.hiddenSize * (text.convTaps - 1) * 4,
  };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
