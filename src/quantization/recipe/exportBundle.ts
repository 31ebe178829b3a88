import { dirname, join } from 'node:path';
import { buildGraph, type GraphName, graphNames } from '../../architecture/build';
import { checkFreeSpace } from '../../bundle/buildFolder';
import { type Bundle, mannerFiles } from '../../bundle/bundle';
import { sha256OfText } from '../../bundle/digest';
import { type ExportRecord, exportedFiles, exportFile } from '../../bundle/exportRecord';
import { BundleFiles } from '../../bundle/files';
import { graphFiles } from '../../bundle/graphFiles';
import { constantBytes } from '../../onnx/externalData';
import type { Graph } from '../../onnx/model';
import { type Ranges, rangesOf, rangesText, statisticsOf } from '../bundle/rangesFile';
import { shippedRanges } from '../bundle/simulation';
import type { SubjectGraph } from '../bundle/subject';
import type { QuantizerPlan, Statistics } from '../graph/placement';
import type { ValueStatistics } from '../numerics/calibrators';
import type { Application, Applied, Filling } from './application';
import { encodingsOf, encodingsText } from './encodings';
import { quantizedGraph } from './quantizedGraph';
import { planOfRecipe } from './recipePlan';
import { writtenOutput } from './writtenOutputs';

/** Room for small files and for what a file system adds. */
const slackBytes = 4 << 20;

interface Part {
  readonly graph: Graph;
  /** Null for the token table, which is looked up on the host and stays as it is. */
  readonly plan: QuantizerPlan | null;
  readonly quantized: Graph;
}

/**
 * Writes a bundle that answers with a recipe's quantized graphs: all that says how the model is fed and read, the graphs
 * with their encodings, the recipe, the ranges, what was measured on the written graphs, and SHA256SUMS. The float
 * weights stay behind: nothing needs them to answer, and the folder would be twice as large.
 * @throws {StudioError} `cancelled`, `internal` without room on the disk; else as `inspectModel`
 */
export async function exportBundle(
  bundle: Bundle,
  application: Application,
  { dir, writer }: Filling,
): Promise<Applied> {
  const weights = await bundle.openWeights();
  try {
    const { ranges, statistics, found } = await rangesFor(bundle, application);
    const parts = graphNames.map(name =>
      partOf(buildGraph(name, bundle.config, weights, 'fp32'), statistics, application),
    );
    const bytes = parts.reduce((sum, { quantized }) => sum + constantBytes(quantized), slackBytes);
    await checkFreeSpace(dirname(dir), bytes);
    const files = await BundleFiles.open(bundle.dir);
    for (const name of mannerFiles)
      if (await files.has(name)) await writer.copy(name, (await files.locate(name)).path);
    for (const part of parts) await writePart(part, writer);
    await writer.text(exportedFiles.recipe, application.recipe.text);
    await writer.text(exportedFiles.ranges, rangesText(ranges));
    const outputs: Applied['outputs'] = [];
    for (const subject of application.subject.graphs) {
      const { name, graph, names } = writtenFor(subject, parts);
      const paths = names.map(each => join(dir, exportedFiles.graph(each)));
      outputs.push(await writtenOutput({ ...subject, name, graph }, statistics, paths, application));
    }
    const record = recordOf(bundle, application, found, outputs);
    await writer.text(exportFile, `${JSON.stringify(record, null, 2)}\n`);
    await writer.checksums();
    return { outputs, promptable: true, ranges: found };
  } finally {
    weights.close();
  }
}

interface FoundRanges {
  readonly ranges: Ranges;
  readonly statistics: Statistics;
  readonly found: ExportRecord['ranges'];
}

/**
 * The ranges that ship with a bundle where they serve: over more pictures than a measurement takes, and the very ones of
 * the precision that ships. They know nothing but bounds, so other methods of calibration have ranges found anew.
 */
async function rangesFor(bundle: Bundle, application: Application): Promise<FoundRanges> {
  const { recipe, subject, ownSamples } = application;
  const { method } = recipe.recipe.calibration;
  const shipped = ownSamples || method !== 'minmax' ? undefined : await shippedRanges(bundle);
  if (shipped !== undefined) {
    const found = { source: 'shipped' as const, method, samples: shipped.samples };
    return { ranges: shipped, statistics: statisticsOf(shipped), found };
  }
  const samples = subject.info.calibrationSamples;
  const graphs: Record<string, Ranges['graphs'][string]> = {};
  const statistics = new Map<string, ValueStatistics>();
  for (const { name, graph, samples: sets } of subject.graphs) {
    const seen = await application.ranges.of(name, graph, sets.calibration, application);
    graphs[graph.name] = rangesOf(seen);
    for (const [value, each] of seen) statistics.set(value, each);
  }
  const source = ownSamples ? 'pictures' : 'shipped';
  return {
    ranges: { version: 1, model: bundle.weightsSha256, samples, graphs },
    statistics,
    found: { source, method, samples },
  };
}

function partOf(graph: Graph, statistics: Statistics, { recipe }: Application): Part {
  if (graph.name === 'embed_tokens') return { graph, plan: null, quantized: graph };
  const plan = planOfRecipe(graph, recipe.recipe, statistics);
  return { graph, plan, quantized: quantizedGraph(graph, plan) };
}

async function writePart({ graph, plan, quantized }: Part, writer: Filling['writer']): Promise<void> {
  for (const { name, chunks } of graphFiles(quantized)) await writer.chunks(`onnx/${name}`, chunks);
  if (plan === null) return;
  await writer.text(exportedFiles.encodings(graph.name), encodingsText(encodingsOf(graph, plan)));
}

/**
 * The written graphs that a measured one stands for. Of the decoder it is the graph that answers, whose logits are those
 * behind the last token only.
 */
function writtenFor(
  { name, graph }: SubjectGraph,
  parts: readonly Part[],
): { name: string; graph: Graph; names: readonly GraphName[] } {
  if (graph.name !== 'decoder') return { name, graph, names: ['vision_encoder', 'connector'] };
  const decoder = parts.find(part => part.graph.name === 'decoder');
  const label = name === 'decoder.prefill' ? `${name} (last token)` : name;
  return { name: label, graph: decoder?.graph ?? graph, names: ['decoder'] };
}

function recordOf(
  bundle: Bundle,
  { recipe }: Application,
  ranges: ExportRecord['ranges'],
  outputs: Applied['outputs'],
): ExportRecord {
  const { name, sha256, weightsSha256 } = bundle;
  return {
    madeBy: 'autoneural quantize apply',
    version: 1,
    model: { name, sha256, weightsSha256 },
    recipe: { name: recipe.name, sha256: sha256OfText(recipe.text) },
    ranges,
    parameters: bundle.info().parameters,
    outputs,
  };
}
