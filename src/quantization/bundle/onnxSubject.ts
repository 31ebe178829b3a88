import { basename } from 'node:path';
import { sha256OfGraph } from '../../bundle/graphDigest';
import type { Graph } from '../../onnx/model';
import { readGraph } from '../../onnx/readGraph';
import { StudioError } from '../../protocol/failure';
import { singlePrecision } from '../graph/singlePrecision';
import { unitsOf } from '../graph/units';
import { rowsOf } from '../measure/accumulated';
import type { InputSpec } from '../samples/feeds';
import { graphSamples } from './graphSamples';
import { settleGraph } from './settledGraph';
import type { Subject, SubjectRequest } from './subject';

/** Of the standard operators, in ONNX Runtime. */
const oldestOpset = 7;

/**
 * A bare ONNX graph with the tensors or pictures that were named, or with random ones. What its inputs decide is
 * settled: an `If` is the branch that the samples take.
 * @throws {StudioError} `model-invalid`, `samples-invalid`, or `usage` for a size that is open
 */
export async function onnxSubject(path: string, request: SubjectRequest): Promise<Subject> {
  const name = basename(path, '.onnx');
  // The name inside a file is whatever its exporter called it.
  const read = readGraph(path);
  const graph = { ...singlePrecision(read), name };
  requireOpset(graph);
  const inputs = inputSpecs(graph, basename(path));
  announceRows(graph, inputs, request);
  const { sets, info, notes } = await graphSamples(inputs, request);
  const samples = [...sets.calibration, ...sets.evaluation];
  const settled = await settleGraph(graph, samples, request);
  return {
    model: { name: basename(path), sha256: await sha256OfGraph(path) },
    graphs: [
      {
        name,
        graph: settled.graph,
        samples: sets,
        notes: [
          ...notes,
          ...settled.notes,
          ...(isQuantized(graph) ? [quantizedNote] : []),
          ...(graph.nodes === read.nodes ? [] : [halfNote]),
        ],
      },
    ],
    info: {
      ...info,
      calibrationSamples: sets.calibration.length,
      evaluationSamples: sets.evaluation.length,
    },
    quantizedAlready: isQuantized(graph),
    close: async () => {},
  };
}

/** Rows are told before samples are made and run, where no size is missing, for which a person is asked first. */
function announceRows(graph: Graph, inputs: readonly InputSpec[], { shapes, onEvent }: SubjectRequest): void {
  const sizes: Record<string, readonly number[]> = {};
  for (const { name, dims } of inputs) {
    const given = shapes[name] ?? dims.filter(size => typeof size === 'number');
    if (given.length !== dims.length) return;
    sizes[name] = given;
  }
  onEvent(rowsOf(graph.name, unitsOf(graph, sizes)));
}

function requireOpset({ name, opsets }: Graph): void {
  const version = opsets[''];
  if (version === undefined || version >= oldestOpset) return;
  const message = `${name} is written for version ${version} of the ONNX operators, and ONNX Runtime runs ${oldestOpset} and newer: convert it with onnx.version_converter, or export it again.`;
  throw new StudioError('model-invalid', message);
}

function inputSpecs(graph: Graph, fileName: string): InputSpec[] {
  return graph.inputs.map(({ name, type, dims }) => {
    if (type !== undefined && dims !== undefined) return { name, type, dims };
    const message = `${fileName} does not say what its input ${name} is: export the model with types and shapes.`;
    throw new StudioError('model-invalid', message);
  });
}

const halfNote = 'The graph is written in fp16 and computed in fp32 here, with the same weights.';

/** Weights that lie on a grid already lose nothing on the same grid: such figures look too good. */
const quantizedNote =
  'The model is quantized already, so its figures say nothing about its float original: measure it against that.';

function isQuantized({ nodes }: Graph): boolean {
  return nodes.some(({ op }) => op === 'DequantizeLinear');
}
