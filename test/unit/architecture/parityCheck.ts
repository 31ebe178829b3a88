import { buildGraph } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import type { Graph } from '../../../src/onnx/model';
import { DecoderHost } from './decoderHost';
import { draw } from './drawn';
import { configJson, parity } from './golden';
import { floats, ints, load, relativeError, run } from './ort';

/**
 * Both sides compute in fp32 and differ only in the order of sums, by 3e-6 at most where it was measured. A GELU by the
 * error function instead of its tanh approximation, the smallest of all mistakes here, makes 6e-5.
 */
export const tolerance = 2e-5;

type Golden<Part extends 'vision' | 'text'> = (typeof parity)[Part][string];
type LoadOptions = Parameters<typeof load>[1];

/** Relative error of an encoder graph against timm's features. */
export async function encoderError(
  name: string,
  golden: Golden<'vision'>,
  graph: Graph,
  options?: LoadOptions,
): Promise<number> {
  const { imageSize } = parseConfig(configJson({ vision: golden.config })).vision;
  const pixels = draw(`pixels.${name}`, 3 * imageSize ** 2, 0, 1);
  const feeds = { pixel_values: floats(pixels, [1, 3, imageSize, imageSize]) };
  return await errorOf(graph, feeds, 'image_features', golden.features, options);
}

/** Relative error of a connector graph against PyTorch's embeddings. */
export async function connectorError(graph: Graph, options?: LoadOptions): Promise<number> {
  const feeds = { image_features: floats(draw('features', 9 * 24, -2, 2), [1, 9, 24]) };
  return await errorOf(graph, feeds, 'image_embeds', parity.connector.embeddings, options);
}

async function errorOf(
  graph: Graph,
  feeds: Parameters<typeof run>[1],
  output: string,
  expected: { readonly shape: readonly number[]; readonly data: Float32Array },
  options: LoadOptions,
): Promise<number> {
  const session = await load(graph, options);
  const { [output]: found } = await run(session, feeds);
  await session.release();
  if (found?.dims.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  return relativeError(found.data, expected.data);
}

export interface TextGraphs {
  readonly embedding: Graph;
  readonly decoder: Graph;
}

/** Largest relative error of the last prompt token's logits and those of every cached step, against transformers. */
export async function decoderError(
  golden: Golden<'text'>,
  { embedding, decoder }: TextGraphs,
  options?: LoadOptions,
): Promise<number> {
  const { text } = parseConfig(configJson({ text: golden.config }));
  const table = await load(embedding, options);
  const session = await load(decoder, options);
  const host = new DecoderHost(session, text, 32);
  const step = async (ids: number[], expected: Float32Array): Promise<number> => {
    const { inputs_embeds: rows } = await run(table, { input_ids: ints(ids, [1, ids.length]) });
    return relativeError((await host.step(rows?.data ?? new Float32Array())).data, expected);
  };
  const prompt = golden.ids.length - golden.steps.length;
  const lastRow = golden.prefill.data.subarray((prompt - 1) * text.vocabSize);
  const errors = [await step(golden.ids.slice(0, prompt), lastRow)];
  for (const [index, expected] of golden.steps.entries())
    errors.push(await step(golden.ids.slice(prompt + index, prompt + index + 1), expected.data));
  await session.release();
  await table.release();
  return Math.max(...errors);
}

/** The two graphs of a decoder. */
export function textGraphs(golden: Golden<'text'>, weights: Parameters<typeof buildGraph>[2]): TextGraphs {
  const config = parseConfig(configJson({ text: golden.config }));
  return {
    embedding: buildGraph('embed_tokens', config, weights, 'fp32'),
    decoder: buildGraph('decoder', config, weights, 'fp32'),
  };
}
