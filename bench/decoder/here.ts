import { existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { buildGraph, type GraphName } from '../../src/architecture/build';
import { withInt4Products } from '../../src/architecture/int4Products';
import type { ModelConfig } from '../../src/architecture/modelConfig';
import type { WeightSource } from '../../src/architecture/weights';
import type { DerivedGraphs } from '../../src/bundle/derive';
import { graphFileName, graphFiles } from '../../src/bundle/graphFiles';
import { DecoderCache } from '../../src/engine/decoderCache';
import { ModelGraphs } from '../../src/engine/modelGraphs';
import { constantBytes } from '../../src/onnx/externalData';
import type { Graph } from '../../src/onnx/model';
import { type Engine, largestOf, promptIds } from './engine';

/** Tokens that are read in one run, as the engine of the extension reads a prompt. */
const chunkTokens = 256;
/** The block of llama.cpp's Q4_0. */
export const equalBlock = 32;

/** A model that is compared, and where its graphs may be written. */
export interface Subject {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: WeightSource;
  readonly threads: number;
}

export function writeGraph(folder: string, graph: Graph): string {
  mkdirSync(folder, { recursive: true });
  for (const { name, chunks } of graphFiles(graph)) {
    const fd = openSync(path.join(folder, name), 'w');
    for (const chunk of chunks)
      for (let done = 0; done < chunk.byteLength; ) done += writeSync(fd, chunk, done);
  }
  return path.join(folder, graphFileName(graph.name));
}

/** The decoder in the blocks of the peer. */
export function equalBitsDecoder({ config, weights }: Subject): Graph {
  return withInt4Products(buildGraph('decoder', config, weights, 'fp32'), equalBlock);
}

/** The graphs of the product in `cpu-q4`. */
export function openShipped(subject: Subject): Promise<Engine> {
  const { config, weights } = subject;
  const decoder = buildGraph('decoder', config, weights, 'cpu-q4');
  const prefill = buildGraph('decoder_prefill', config, weights, 'cpu-q4');
  return openGraphs('AutoNeural cpu-q4', 'shipped', subject, { decoder, prefill });
}

/** The same engine with the peer's bits, and no graph of its own for prompts. */
export function openEqualBits(subject: Subject): Promise<Engine> {
  return openGraphs('AutoNeural, equal bits', 'equal', subject, { decoder: equalBitsDecoder(subject) });
}

async function openGraphs(
  name: string,
  place: string,
  { folder, config, weights, threads }: Subject,
  { decoder, prefill }: { decoder: Graph; prefill?: Graph },
): Promise<Engine> {
  const shared = (graph: GraphName): string => {
    const dir = path.join(folder, 'shared');
    const file = path.join(dir, graphFileName(graph));
    return existsSync(file) ? file : writeGraph(dir, buildGraph(graph, config, weights, 'fp32'));
  };
  const connector = shared('connector');
  const paths: DerivedGraphs = {
    // A model opens as a whole. Pictures are no part of this, so a small graph stands in for their encoder.
    visionEncoder: connector,
    connector,
    embedTokens: shared('embed_tokens'),
    decoder: writeGraph(path.join(folder, place), decoder),
    ...(prefill !== undefined && { decoderPrefill: writeGraph(path.join(folder, place), prefill) }),
  };
  const graphs = await ModelGraphs.open(paths, config, threads);
  let cache = new DecoderCache(graphs.cacheShape);
  let next = 0;
  const step = async (tokens: readonly number[]): Promise<void> => {
    next = largestOf(await graphs.decode(await graphs.embed(tokens), cache));
  };
  return {
    name,
    weightBytes: constantBytes(decoder),
    prefillBytes: prefill === undefined ? 0 : constantBytes(prefill),
    cacheNumberBytes: 4,
    read: async count => {
      cache = new DecoderCache(graphs.cacheShape);
      const tokens = promptIds(count);
      for (let from = 0; from < count; from += chunkTokens)
        await step(tokens.slice(from, from + chunkTokens));
    },
    write: async count => {
      const first = next;
      for (let written = 0; written < count; written++) await step([next]);
      return first;
    },
    close: () => graphs.close(),
  };
}
