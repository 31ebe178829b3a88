import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuiltPrecision,
  builderVersion,
  buildGraph,
  type GraphName,
  graphNames,
  graphNamesOf,
} from '../architecture/build';
import type { WeightSource } from '../architecture/weights';
import type { Graph } from '../onnx/model';
import { StudioError } from '../protocol/failure';
import type { DerivedPrecision } from '../protocol/prompt';
import type { Bundle } from './bundle';
import { sha256OfText } from './digest';
import { isIntact, type Manifest, manifestFile, prune } from './graphCache';
import { type GraphFile, graphFileName, graphFiles } from './graphFiles';

/** Absolute paths of the .onnx files of a build. */
export interface DerivedGraphs {
  readonly visionEncoder: string;
  readonly connector: string;
  readonly embedTokens: string;
  readonly decoder: string;
  /** Reads prompts faster than `decoder`; left out where the precision has none. */
  readonly decoderPrefill?: string;
}

/**
 * A precision that is made from fp32 graphs by putting quantizers in. Where they go is the business of `quantization`,
 * a room above this one, so whoever knows both hands it in.
 */
export interface Simulation {
  readonly precision: Exclude<DerivedPrecision, BuiltPrecision>;
  /** Digest of all that decides the quantizers. */
  readonly sha256: string;
  /** The fp32 graph with its quantizers. */
  apply(graph: Graph): Graph;
}

/**
 * The graphs of a bundle in a precision, from the cache where they are intact and written anew where not. Two
 * processes may derive the same build at once: each writes beside the cache and the first to rename wins.
 * @param inlineBytes bytes of constants up to which a graph is one file
 * @throws {StudioError} `bundle-invalid` or `bundle-damaged` when the weights do not fit the config, `internal` when the cache
 * cannot be written.
 */
export async function deriveGraphs(
  bundle: Bundle,
  precision: BuiltPrecision | Simulation,
  cacheDir: string,
  onProgress: (message: string) => void = () => {},
  inlineBytes?: number,
): Promise<DerivedGraphs> {
  try {
    return await cachedGraphs(join(cacheDir, 'graphs'), { bundle, precision, inlineBytes, onProgress });
  } catch (error) {
    if (error instanceof StudioError || !(error instanceof Error && 'code' in error)) throw error;
    const message = `The graphs of ${bundle.name} cannot be written to ${cacheDir} (${error.code}); make room there or choose another cache folder.`;
    throw new StudioError('internal', message, { cause: error });
  }
}

interface Derivation {
  readonly bundle: Bundle;
  readonly precision: BuiltPrecision | Simulation;
  readonly inlineBytes: number | undefined;
  readonly onProgress: (message: string) => void;
}

async function cachedGraphs(root: string, derivation: Derivation): Promise<DerivedGraphs> {
  const { bundle, precision } = derivation;
  const key = sha256OfText([bundle.graphSha256, ...namesOf(precision), builderVersion].join('|')).slice(
    0,
    32,
  );
  const dir = join(root, key);
  if (!(await isIntact(dir))) {
    const fresh = join(root, `${key}.${randomUUID()}.tmp`);
    try {
      await writeGraphs(fresh, derivation);
      await moveIn(fresh, dir);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  await prune(root, key);
  const path = (name: GraphName): string => join(dir, graphFileName(name));
  return {
    visionEncoder: path('vision_encoder'),
    connector: path('connector'),
    embedTokens: path('embed_tokens'),
    decoder: path('decoder'),
    ...(graphsOf(precision).includes('decoder_prefill') && { decoderPrefill: path('decoder_prefill') }),
  };
}

function graphsOf(precision: BuiltPrecision | Simulation): readonly GraphName[] {
  return typeof precision === 'string' ? graphNamesOf(precision) : graphNames;
}

/** What a precision is called and, where that does not say it all, what decides it. */
function namesOf(precision: BuiltPrecision | Simulation): readonly [DerivedPrecision, ...string[]] {
  return typeof precision === 'string' ? [precision] : [precision.precision, precision.sha256];
}

function graphOf(
  name: GraphName,
  { config }: Bundle,
  weights: WeightSource,
  precision: BuiltPrecision | Simulation,
): Graph {
  if (typeof precision === 'string') return buildGraph(name, config, weights, precision);
  return precision.apply(buildGraph(name, config, weights, 'fp32'));
}

async function writeGraphs(dir: string, derivation: Derivation): Promise<void> {
  const { bundle, precision, inlineBytes, onProgress } = derivation;
  await mkdir(dir, { recursive: true });
  const weights = await bundle.openWeights();
  try {
    const files: Manifest['files'] = {};
    const names = graphsOf(precision);
    for (const [index, name] of names.entries()) {
      onProgress(
        `Deriving graph ${index + 1} of ${names.length}: ${name} of ${bundle.name} in ${namesOf(precision)[0]}`,
      );
      const graph = graphOf(name, bundle, weights, precision);
      for (const file of graphFiles(graph, inlineBytes)) files[file.name] = await writeGraphFile(dir, file);
    }
    await writeFile(join(dir, manifestFile), JSON.stringify({ files } satisfies Manifest));
  } finally {
    weights.close();
  }
}

/** Writes chunk by chunk, so that memory holds one tensor at a time. */
async function writeGraphFile(dir: string, file: GraphFile): Promise<Manifest['files'][string]> {
  const hash = createHash('sha256');
  let bytes = 0;
  let handle: FileHandle | undefined;
  try {
    handle = await open(join(dir, file.name), 'wx');
    for (const chunk of file.chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await handle.writeFile(chunk);
    }
  } finally {
    await handle?.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Puts a finished build in its place, where a damaged one or the same one of another process may stand. */
async function moveIn(fresh: string, dir: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await rename(fresh, dir);
      return;
    } catch (error) {
      if (await isIntact(dir)) return;
      if (attempt === 2) throw error;
    }
    // Moved away first: a folder that is being deleted must not be found half empty.
    const old = `${fresh}.old`;
    await rename(dir, old).catch(() => undefined);
    await rm(old, { recursive: true, force: true });
  }
}
