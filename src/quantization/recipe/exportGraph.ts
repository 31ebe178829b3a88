import { dirname, join } from 'node:path';
import { checkFreeSpace } from '../../bundle/buildFolder';
import { graphFileName, graphFiles } from '../../bundle/graphFiles';
import { constantBytes } from '../../onnx/externalData';
import { sizesOf } from '../measure/accumulated';
import type { Application, Applied, Filling } from './application';
import { encodingsOf, encodingsText } from './encodings';
import { quantizedGraph } from './quantizedGraph';
import { planOfRecipe } from './recipePlan';
import { writtenOutput } from './writtenOutputs';

/**
 * Writes a bare graph with a recipe's quantizers as NAME.onnx, with NAME.encodings.json beside it.
 * @throws {StudioError} `cancelled`, `internal` without room on the disk; else as `inspectModel`
 */
export async function exportGraph(application: Application, { dir, writer }: Filling): Promise<Applied> {
  const { subject, ranges, recipe } = application;
  const { info } = subject;
  const outputs: Applied['outputs'] = [];
  for (const each of subject.graphs) {
    const { name, samples } = each;
    const statistics = await ranges.of(name, each.graph, samples.calibration, application);
    // Files are named after the model: the name inside a graph is whatever its exporter called it.
    const graph = { ...each.graph, name };
    const plan = planOfRecipe(graph, recipe.recipe, statistics, sizesOf(samples.evaluation[0] ?? {}));
    const quantized = quantizedGraph(graph, plan);
    await checkFreeSpace(dirname(dir), constantBytes(quantized));
    for (const file of graphFiles(quantized)) await writer.chunks(file.name, file.chunks);
    await writer.text(`${name}.encodings.json`, encodingsText(encodingsOf(graph, plan)));
    if (application.randomWeights) continue;
    outputs.push(await writtenOutput(each, statistics, [join(dir, graphFileName(name))], application));
  }
  const { source, calibrationSamples } = info;
  const { method } = recipe.recipe.calibration;
  return { outputs, promptable: false, ranges: { source, method, samples: calibrationSamples } };
}
