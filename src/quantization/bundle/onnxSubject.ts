import { basename } from 'node:path';
import { sha256OfFile } from '../../bundle/digest';
import { readGraph } from '../../onnx/readGraph';
import { StudioError } from '../../protocol/failure';
import type { Feeds, InputSpec } from '../samples/feeds';
import { randomSamples } from '../samples/randomSamples';
import { type NamedFeeds, readTensorSamples } from '../samples/tensorSamples';
import type { Subject, SubjectRequest } from './subject';

/** Made-up samples of a graph that comes without any. */
const randomCount = { calibration: 4, evaluation: 2 } as const;
const seed = 0;
/** One sample in so many is measured, the others set the ranges. */
const evaluatedOneIn = 4;

/**
 * A bare ONNX graph with the tensors that were named, or with random ones.
 * @throws {StudioError} `model-invalid`, `samples-invalid`, or `usage` for a size that is open
 */
export async function onnxSubject(path: string, request: SubjectRequest): Promise<Subject> {
  const graph = readGraph(path);
  const inputs = graph.inputs.map(({ name, type, dims }): InputSpec => {
    if (type === undefined || dims === undefined) {
      const message = `${basename(path)} does not say what its input ${name} is: export the model with types and shapes.`;
      throw new StudioError('model-invalid', message);
    }
    return { name, type, dims };
  });
  const name = basename(path, '.onnx');
  const { sets, info } =
    request.calibrationPath === undefined
      ? madeUp(inputs, request.shapes)
      : await given(
          request.calibrationPath,
          inputs.map(input => ({ ...input, dims: request.shapes[input.name] ?? input.dims })),
        );
  return {
    model: { name: basename(path), sha256: await sha256OfFile(path) },
    graphs: [{ name, graph, samples: sets }],
    info: {
      ...info,
      calibrationSamples: sets.calibration.length,
      evaluationSamples: sets.evaluation.length,
    },
    close: async () => {},
  };
}

interface Samples {
  readonly sets: Subject['graphs'][number]['samples'];
  readonly info: Pick<Subject['info'], 'source' | 'skipped'>;
}

function madeUp(inputs: readonly InputSpec[], shapes: SubjectRequest['shapes']): Samples {
  const { calibration, evaluation } = randomCount;
  const samples = randomSamples(inputs, shapes, calibration + evaluation, seed);
  const sets = { calibration: samples.slice(0, calibration), evaluation: samples.slice(calibration) };
  return { sets, info: { source: 'random', skipped: [] } };
}

async function given(path: string, inputs: readonly InputSpec[]): Promise<Samples> {
  const { samples, skipped } = await readTensorSamples(path, inputs);
  if (samples.length < 2) {
    const message = `${path} holds one sample, but those that are measured must not set the ranges: give two or more.`;
    throw new StudioError('samples-invalid', message);
  }
  return { sets: divided(samples), info: { source: 'tensors', skipped: [...skipped] } };
}

function divided(samples: readonly NamedFeeds[]): { calibration: Feeds[]; evaluation: Feeds[] } {
  const every = Math.min(evaluatedOneIn, samples.length);
  const isEvaluated = (index: number): boolean => index % every === every - 1;
  return {
    calibration: samples.filter((_, index) => !isEvaluated(index)).map(({ feeds }) => feeds),
    evaluation: samples.filter((_, index) => isEvaluated(index)).map(({ feeds }) => feeds),
  };
}
