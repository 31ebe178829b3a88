import { quantizedColumn } from '../../../src/protocol/quantization';
import { nameForPeople, visibleText } from '../../shared/text';

/** `W8A16` of `w8a16`; the columns of a recipe and of a model that was quantized elsewhere by their own names. */
export function schemeName(scheme: string): string {
  if (scheme === quantizedColumn) return 'Quantized';
  return scheme === 'recipe' ? 'Recipe' : visibleText(scheme).toUpperCase();
}

const graphNames: Readonly<Record<string, string>> = {
  vision_encoder: 'Encoder',
  'decoder.prefill': 'Decoder prefill',
  'decoder.decode': 'Decoder step',
};

/** A graph's name at the start of a sentence. */
export function graphName(graph: string): string {
  return graphNames[graph] ?? nameForPeople(graph);
}

const partNames: Readonly<Record<string, string>> = {
  vision: 'Vision tower',
  connector: 'Connector',
  decoder: 'Decoder',
};

/** The name of a group of layers by the first segment of their names; null where it is none of ours. */
export function partName(segment: string, graph: string): string | null {
  if (!Object.hasOwn(graphNames, graph) || !Object.hasOwn(partNames, segment)) return null;
  return segment === 'decoder' ? graphName(graph) : (partNames[segment] ?? null);
}
