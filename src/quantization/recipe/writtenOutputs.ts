import { loadOrt, type Ort, openSession } from '../../engine/onnxRuntime';
import { Simulation, type SimulationTensor } from '../../engine/simulation';
import { StudioError } from '../../protocol/failure';
import type { ApplyResult, InspectionEvent } from '../../protocol/quantization';
import type { SubjectGraph } from '../bundle/subject';
import type { Statistics } from '../graph/placement';
import type { ErrorSums } from '../graph/reductions';
import { measureAccumulated } from '../measure/accumulated';
import { addSums, figureOf, noSums } from '../measure/figures';
import { type Application, throwIfStopped } from './application';
import { schemesOfRecipe } from './recipeFile';

type Session = Awaited<ReturnType<typeof openSession>>;
type Values = Awaited<ReturnType<Session['run']>>;

/**
 * What the simulation predicts for the last output of a graph, and what the files that were written for it give in ONNX
 * Runtime, both against the float graph.
 * @param files absolute paths; a later one reads the outputs of those before it
 * @throws {StudioError} `cancelled`, `model-invalid`
 */
export async function writtenOutput(
  subject: SubjectGraph,
  statistics: Statistics,
  files: readonly string[],
  application: Application,
): Promise<ApplyResult['outputs'][number]> {
  const { name, graph, samples } = subject;
  const { recipe, threads, signal, onEvent } = application;
  const { calibration, htp } = recipe.recipe;
  const settings = { calibrationMethod: calibration.method, htp };
  const columns = [{ id: 'recipe' as const, schemeOf: schemesOfRecipe(recipe.recipe) }];
  const measurement = { name, graph, samples, settings, columns, statistics, threads, signal };
  const predicting = (event: InspectionEvent): void => {
    if (event.type === 'status') onEvent({ ...event, message: `Predicting what is written for ${name}` });
  };
  const [predicted] = (await measureAccumulated({ ...measurement, onEvent: predicting })).output;
  throwIfStopped(application);
  const measured = figureOf(await errorsOf(subject, files, application));
  const { scheme: _, ...figure } = predicted ?? { scheme: '', ...figureOf(noSums) };
  return { graph: name, predicted: figure, measured };
}

async function errorsOf(
  { name, graph, samples }: SubjectGraph,
  files: readonly string[],
  application: Application,
): Promise<ErrorSums> {
  const { onEvent, threads } = application;
  const output = graph.outputs.at(-1)?.name ?? '';
  const ort = await loadOrt();
  const sessions: Session[] = [];
  const float = await Simulation.open(graph, { threads });
  let sums = noSums;
  try {
    for (const file of files) sessions.push(await openSession(file, threads));
    const total = samples.evaluation.length;
    for (const [done, feeds] of samples.evaluation.entries()) {
      throwIfStopped(application);
      onEvent({ type: 'status', message: `Measuring what was written for ${name}`, done, total });
      const x = floats((await float.run(feeds))[output]);
      const q = floats((await runChain(ort, sessions, feeds))[output]);
      sums = addSums(sums, difference(x, q));
    }
    return sums;
  } finally {
    await float.close();
    await Promise.all(sessions.map(session => session.release()));
  }
}

/** Every session takes what it reads by name from the samples and from the sessions before it. */
async function runChain(
  { Tensor }: Ort,
  sessions: readonly Session[],
  feeds: Readonly<Record<string, SimulationTensor>>,
): Promise<Values> {
  let values: Values = Object.fromEntries(
    Object.entries(feeds).map(([input, { type, dims, data }]) => [
      input,
      new Tensor(type as 'float32', data as Float32Array, dims),
    ]),
  );
  for (const session of sessions) {
    const known = values;
    const inputs = session.inputNames.flatMap(name => (known[name] ? [[name, known[name]] as const] : []));
    values = { ...values, ...(await session.run(Object.fromEntries(inputs))) };
  }
  return values;
}

function floats(tensor: { readonly data: unknown } | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new StudioError(
    'model-invalid',
    'The last output of the graph is not fp32, so it cannot be compared: export the model with fp32 outputs.',
  );
}

function difference(x: Float32Array, q: Float32Array): ErrorSums {
  let [signal, noise, product, maxError] = [0, 0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    const value = x[index] as number;
    const error = value - (q[index] as number);
    signal += value * value;
    noise += error * error;
    product += value * error;
    maxError = Math.max(maxError, Math.abs(error));
  }
  return { signal, noise, product, maxError };
}
