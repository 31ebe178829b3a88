import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openBundle } from '../../bundle/bundle';
import { sha256OfFile } from '../../bundle/digest';
import { sha256OfGraph } from '../../bundle/graphDigest';
import { joinGraphs } from '../../onnx/compose';
import type { Graph } from '../../onnx/model';
import { readGraph } from '../../onnx/readGraph';
import { StudioError } from '../../protocol/failure';
import { type Settling, settleGraph } from './settledGraph';
import type { Subject, SubjectGraph } from './subject';

/** A model that somebody quantized, beside its float original. */
export interface QuantizedModel {
  readonly name: string;
  readonly sha256: string;
  /** The quantized form of a graph of the float model. */
  graphOf(subject: SubjectGraph, settling: Settling): Promise<Graph>;
}

/** Folder of the graphs inside a bundle, and the files that each graph that is measured consists of. */
const graphFolder = 'onnx';
const partsOf: Readonly<Record<string, readonly string[]>> = {
  vision_encoder: ['vision_encoder', 'connector'],
  'decoder.prefill': ['decoder'],
  'decoder.decode': ['decoder'],
};

/**
 * Opens a QDQ model: an .onnx file for a bare graph, a folder with `onnx/` for a bundle.
 * @throws {StudioError} `file-missing`, or `usage` where it is of another kind or says that it was made from another model
 */
export async function openQuantized(path: string, float: Subject): Promise<QuantizedModel> {
  const name = basename(path);
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined)
    throw new StudioError('file-missing', `There is no quantized model at ${path}: check the path.`);
  const isBundle = float.graphs.some(graph => partsOf[graph.name] !== undefined);
  if (stats.isDirectory() !== isBundle) {
    const kinds = isBundle ? ['a model folder', 'the folder'] : ['an .onnx file', 'the file'];
    const message = `${float.model.name} is ${kinds[0]} and ${name} is not: give ${kinds[1]} that was made of it.`;
    throw new StudioError('usage', message);
  }
  if (isBundle) await checkOrigin(path, float.model);
  const filesOf = (graph: string): string[] =>
    isBundle ? (partsOf[graph] ?? [graph]).map(part => join(path, graphFolder, `${part}.onnx`)) : [path];
  const files = [...new Set(float.graphs.flatMap(graph => filesOf(graph.name)))];
  const graphs = new Map<string, Promise<Graph>>();
  return {
    name,
    sha256: await digestOf(files),
    graphOf: ({ name: graph, samples }, settling) => {
      const parts = filesOf(graph);
      const key = parts.join('\0');
      const known = graphs.get(key);
      if (known !== undefined) return known;
      const [first, second] = parts.map(readGraph);
      if (first === undefined) throw new RangeError(`no file for ${graph}`);
      const whole = second === undefined ? first : joinGraphs(graph, first, second);
      const settled = settleGraph(whole, samples.evaluation, settling).then(each => each.graph);
      graphs.set(key, settled);
      return settled;
    },
  };
}

async function digestOf(files: readonly string[]): Promise<string> {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return await sha256OfGraph(only);
  const whole = createHash('sha256');
  for (const file of files) whole.update(await sha256OfFile(file));
  return whole.digest('hex');
}

/** A folder that says from which weights it was made is held to it; one that is no whole bundle says nothing. */
async function checkOrigin(path: string, float: Subject['model']): Promise<void> {
  const exported = await openBundle(path).then(
    bundle => bundle.exported,
    () => undefined,
  );
  if (exported === undefined || exported.model.weightsSha256 === float.sha256) return;
  const { name, weightsSha256: sha256 } = exported.model;
  const message = `${basename(path)} was made from other weights than those of ${float.name}: measure it against ${name} as it was then.`;
  throw new StudioError('usage', message, { asks: { original: { name, sha256 } } });
}
