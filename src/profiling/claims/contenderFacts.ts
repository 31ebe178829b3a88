import {
  type BuiltPrecision,
  buildGraph,
  type CommonGraphName,
  graphNamesOf,
} from '../../architecture/build';
import type { ModelConfig } from '../../architecture/modelConfig';
import { modelCost } from '../../architecture/modelCost';
import { ShapeOnlyWeights } from '../../architecture/shapeOnly';
import { constantBytes } from '../../onnx/externalData';
import type { Contender } from '../../protocol/claims';

/** Bytes of the constants of every graph, by the config alone. @throws {StudioError} `bundle-invalid` */
export function graphBytes(
  config: ModelConfig,
  precision: BuiltPrecision,
): Readonly<Record<CommonGraphName, number> & { decoder_prefill?: number }> {
  const weights = new ShapeOnlyWeights();
  const bytes = graphNamesOf(precision).map(name => [
    name,
    constantBytes(buildGraph(name, config, weights, precision)),
  ]);
  return Object.fromEntries(bytes);
}

/**
 * What is counted of a model, without a weight of it.
 * @param budgetBytes memory for weights, states, keys and values
 * @throws {StudioError} `bundle-invalid`
 */
export function contenderFacts(
  name: string,
  config: ModelConfig,
  precision: BuiltPrecision,
  budgetBytes: number,
): Contender {
  const cost = modelCost(config, 1);
  const weightBytes = Object.values(graphBytes(config, precision)).reduce((sum, bytes) => sum + bytes, 0);
  const { contextLength } = config.text;
  const room = Math.max(0, budgetBytes - weightBytes - cost.stateBytes);
  return {
    name,
    parameters: cost.parts.reduce((sum, part) => sum + part.parameters, 0),
    weightBytes,
    cacheBytesPerToken: cost.cacheBytesPerToken,
    stateBytes: cost.stateBytes,
    contextLength,
    longestContext: Math.min(contextLength, Math.floor(room / cost.cacheBytesPerToken)),
  };
}
