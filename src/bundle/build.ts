import { basename, dirname } from 'node:path';
import { type BuiltPrecision, builderVersion, buildGraph, graphNamesOf } from '../architecture/build';
import { parseConfig } from '../architecture/config';
import { partParameters, plannedTensors } from '../architecture/plannedTensors';
import { RandomWeights } from '../architecture/randomWeights';
import type { WeightSource } from '../architecture/weights';
import { constantBytes } from '../onnx/externalData';
import { type BuildRecord, buildFile, checkFreeSpace, fillFolder, gigabytes } from './buildFolder';
import { PublicWeights } from './buildWeights';
import { FolderWriter } from './folderWriter';
import { graphFiles } from './graphFiles';

/** Room for the graphs themselves and for what a file system adds. */
const slackBytes = 32 << 20;

export interface BuildOptions {
  /** What the model is called in its build record. */
  readonly name: string;
  /** The content of a config.json. */
  readonly config: unknown;
  readonly weights: { readonly seed: number } | { readonly file: string };
  readonly precision: BuiltPrecision;
  /** Absolute path of the folder to be made. */
  readonly dir: string;
  /** Replaces an earlier build in `dir`. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** Bytes of constants up to which a graph is one file. */
  readonly inlineBytes?: number;
}

export interface Built {
  readonly record: BuildRecord;
  /** Bytes of all files. */
  readonly bytes: number;
}

/**
 * Builds a model folder from a config: config.json, the graphs in onnx/ (large ones with a file of weights beside
 * them), build.json and SHA256SUMS. Memory holds one tensor at a time, and the folder is whole or not there.
 * @throws {StudioError} with the field or tensor that does not fit, the folder that stands in the way, or `cancelled`.
 */
export async function buildModel(options: BuildOptions): Promise<Built> {
  const config = parseConfig(options.config);
  const shapes = plannedTensors(config, options.precision);
  const record = recordOf(options, partParameters(config, shapes));
  if ('seed' in options.weights)
    return await buildFrom(options, record, new RandomWeights(shapes, options.weights.seed));
  const weights = await PublicWeights.open(options.weights.file, shapes);
  try {
    return await buildFrom(options, record, weights);
  } finally {
    weights.close();
  }
}

async function buildFrom(options: BuildOptions, record: BuildRecord, source: WeightSource): Promise<Built> {
  const config = parseConfig(options.config);
  const { precision } = options;
  const graphs = graphNamesOf(precision).map(name => buildGraph(name, config, source, precision));
  const needed = slackBytes + graphs.reduce((sum, graph) => sum + constantBytes(graph), 0);
  let bytes = 0;
  await fillFolder(options.dir, options.force, async fresh => {
    await checkFreeSpace(dirname(options.dir), needed);
    const writer = new FolderWriter(fresh, {
      signal: options.signal,
      cancelled: 'The build was stopped, and nothing was kept.',
      onProgress: (name, written) =>
        options.onProgress(`Writing ${name}: ${gigabytes(written)} of ${gigabytes(needed)} GB`),
    });
    await writer.text('config.json', `${JSON.stringify(options.config, null, 2)}\n`);
    await writer.text(buildFile, `${JSON.stringify(record, null, 2)}\n`);
    for (const { name, chunks } of graphs.flatMap(graph => graphFiles(graph, options.inlineBytes))) {
      await writer.chunks(`onnx/${name}`, chunks);
    }
    await writer.checksums();
    bytes = writer.bytes;
  });
  return { record, bytes };
}

function recordOf(
  { name, precision, weights }: BuildOptions,
  parameters: BuildRecord['parameters'],
): BuildRecord {
  return {
    madeBy: 'autoneural build',
    model: name,
    precision,
    builderVersion,
    parameters,
    weights:
      'seed' in weights
        ? { random: true, seed: weights.seed }
        : { random: false, file: basename(weights.file) },
  };
}
