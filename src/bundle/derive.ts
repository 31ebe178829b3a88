import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builderVersion, buildGraph, type GraphName, graphNames } from '../architecture/build';
import { encodeModel } from '../onnx/encode';
import type { Graph } from '../onnx/model';
import { StudioError } from '../protocol/failure';
import type { Precision } from '../protocol/prompt';
import type { Bundle } from './bundle';
import { sha256OfText } from './digest';
import { isIntact, type Manifest, manifestFile, prune } from './graphCache';

/** Absolute paths of the .onnx files of a build. */
export interface DerivedGraphs {
  readonly visionEncoder: string;
  readonly connector: string;
  readonly embedTokens: string;
  readonly decoder: string;
}

/**
 * The graphs of a bundle in a precision, from the cache where they are intact and written anew where not. Two
 * processes may derive the same build at once: each writes beside the cache and the first to rename wins.
 * @throws {StudioError} `bundle-invalid` or `bundle-damaged` when the weights do not fit the config, `internal` when the cache
 * cannot be written.
 */
export async function deriveGraphs(
  bundle: Bundle,
  precision: Precision,
  cacheDir: string,
  onProgress: (message: string) => void = () => {},
): Promise<DerivedGraphs> {
  try {
    return await cachedGraphs(bundle, precision, join(cacheDir, 'graphs'), onProgress);
  } catch (error) {
    if (error instanceof StudioError || !(error instanceof Error && 'code' in error)) throw error;
    const message = `The graphs of ${bundle.name} cannot be written to ${cacheDir} (${error.code}); make room there or choose another cache folder.`;
    throw new StudioError('internal', message, { cause: error });
  }
}

async function cachedGraphs(
  bundle: Bundle,
  precision: Precision,
  root: string,
  onProgress: (message: string) => void,
): Promise<DerivedGraphs> {
  const key = sha256OfText([bundle.graphSha256, precision, builderVersion].join('|')).slice(0, 32);
  const dir = join(root, key);
  if (!(await isIntact(dir))) {
    const fresh = join(root, `${key}.${randomUUID()}.tmp`);
    try {
      await writeGraphs(bundle, precision, fresh, onProgress);
      await moveIn(fresh, dir);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  await prune(root, key);
  const path = (name: GraphName): string => join(dir, fileName(name));
  return {
    visionEncoder: path('vision_encoder'),
    connector: path('connector'),
    embedTokens: path('embed_tokens'),
    decoder: path('decoder'),
  };
}

function fileName(name: GraphName): string {
  return `${name}.onnx`;
}

async function writeGraphs(
  bundle: Bundle,
  precision: Precision,
  dir: string,
  onProgress: (message: string) => void,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const weights = await bundle.openWeights();
  try {
    const files: Manifest['files'] = {};
    for (const [index, name] of graphNames.entries()) {
      onProgress(
        `Deriving graph ${index + 1} of ${graphNames.length}: ${name} of ${bundle.name} in ${precision}`,
      );
      const graph = buildGraph(name, bundle.config, weights, precision);
      files[fileName(name)] = await writeGraph(graph, join(dir, fileName(name)));
    }
    await writeFile(join(dir, manifestFile), JSON.stringify({ files } satisfies Manifest));
  } finally {
    weights.close();
  }
}

/** Writes chunk by chunk, so that memory holds one tensor at a time. */
async function writeGraph(graph: Graph, path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx');
    for (const chunk of encodeModel(graph)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
  } finally {
    await file?.close();
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
