import { stat } from 'node:fs/promises';
import { type Bundle, openBundle } from '../../bundle/bundle';
import type { Safetensors } from '../../onnx/safetensors';
import { StudioError } from '../../protocol/failure';
import { unitsOf } from '../graph/units';
import { rowsOf } from '../measure/accumulated';
import { bundleGraphs } from './bundleGraphs';
import { bundleSamples, type SampleLimits } from './bundleSamples';
import { type FloatModel, openFloatModel } from './floatModel';
import { onnxSubject } from './onnxSubject';
import { type Question, type QuestionSets, questionsAt, shippedQuestions } from './questions';
import type { Subject, SubjectRequest } from './subject';

/** Few enough for a first look in seconds. */
export const inspectionLimits: SampleLimits = { calibration: 16, evaluation: 6, decodeSteps: 3 };

/**
 * Opens a bundle folder or an .onnx file with its samples.
 * @throws {StudioError} with what is wrong in the model or the samples; `cancelled`
 */
export async function openSubject(modelPath: string, request: SubjectRequest): Promise<Subject> {
  const stats = await stat(modelPath).catch(() => undefined);
  if (stats === undefined)
    throw new StudioError(
      'file-missing',
      `There is no model at ${modelPath}: choose a model folder or an .onnx file.`,
    );
  return stats.isDirectory()
    ? await bundleSubject(modelPath, request)
    : await onnxSubject(modelPath, request);
}

async function bundleSubject(dir: string, request: SubjectRequest): Promise<Subject> {
  refuseGraphOptions(request);
  const bundle = await openBundle(dir);
  if (bundle.exported !== undefined) {
    const { name, weightsSha256: sha256 } = bundle.exported.model;
    const message = `${bundle.name} holds quantized graphs and no float weights to measure them against: choose ${name}, which it was made from.`;
    throw new StudioError('usage', message, { asks: { original: { name, sha256 } } });
  }
  const sets = await questionSets(bundle, request.calibrationPath);
  const weights = await bundle.openWeights();
  try {
    return await floatSubject(bundle, weights, sets, request);
  } catch (error) {
    weights.close();
    throw error;
  }
}

/** The rows are told before the float model runs, which takes seconds: what they are does not depend on it. */
async function floatSubject(
  bundle: Bundle,
  weights: Safetensors,
  sets: QuestionSets,
  request: SubjectRequest,
): Promise<Subject> {
  const { visionEncoder, decoder } = bundleGraphs(bundle, weights);
  request.onEvent(rowsOf('vision_encoder', unitsOf(visionEncoder)));
  request.onEvent(rowsOf('decoder.prefill', unitsOf(decoder)));
  const model = await openFloatModel(bundle, request.cacheDir, request.threads);
  const samples = await samplesOf(model, sets, request).finally(() => model.graphs.close());
  return {
    model: { name: bundle.name, sha256: bundle.weightsSha256 },
    graphs: [
      { name: 'vision_encoder', graph: visionEncoder, samples: samples.vision },
      { name: 'decoder.prefill', graph: decoder, samples: samples.prefill },
      ...(samples.decode.evaluation.length > 0
        ? [{ name: 'decoder.decode', graph: decoder, samples: samples.decode }]
        : []),
    ],
    info: samples.info,
    close: async () => weights.close(),
  };
}

/** What a bundle's graphs are fed with follows from its config. */
function refuseGraphOptions({ shapes, values }: SubjectRequest): void {
  const [name] = [...Object.keys(shapes), ...Object.keys(values)];
  if (name === undefined) return;
  const message = `Sizes and values of inputs (${name}) are for .onnx files: a model folder has its own, so leave them out.`;
  throw new StudioError('usage', message);
}

async function questionSets(
  { dir, name }: { dir: string; name: string },
  calibrationPath: string | undefined,
): Promise<QuestionSets> {
  if (calibrationPath === undefined) return await shippedQuestions(dir, name);
  const shipped = await shippedQuestions(dir, name).catch((): { calibration: Question[] } => ({
    calibration: [],
  }));
  return await questionsAt(calibrationPath, shipped.calibration);
}

function samplesOf(model: FloatModel, sets: QuestionSets, { limits, onEvent, signal }: SubjectRequest) {
  const onStatus = (done: number, total: number): void =>
    onEvent({ type: 'status', message: 'Running the float model over the pictures', done, total });
  return bundleSamples(model, sets, limits, onStatus, signal);
}
