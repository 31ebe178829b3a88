import { readdir, stat } from 'node:fs/promises';
import { StudioError } from '../../protocol/failure';
import type { CalibrationInfo } from '../../protocol/quantization';
import { convertValues } from '../samples/convert';
import { type Feeds, type FeedTensor, type InputSpec, isFeedType } from '../samples/feeds';
import { pictureFeeds, pictureInputOf } from '../samples/pictureInput';
import { randomSamples, requireSizes } from '../samples/randomSamples';
import { type NamedFeeds, readTensorSamples } from '../samples/tensorSamples';
import { evened, type SampleSets, spread, tooFew } from './bundleSamples';
import { type Question, questionsAt } from './questions';
import type { Subject, SubjectRequest } from './subject';

/** Made-up samples of a graph that comes without any; with fewer, ranges are exceeded by what is measured. */
const randomCount = { calibration: 16, evaluation: 2 } as const;
const seed = 0;
/** One sample in so many is measured, the others set the ranges. */
const evaluatedOneIn = 4;
const tensorName = /\.(?:npy|json)$/i;
const pictureName = /\.(?:png|jpe?g|webp|gif|tiff?|avif)$/i;

export interface GraphSamples {
  readonly sets: SampleSets;
  readonly info: Pick<Subject['info'], 'source' | 'skipped'>;
  /** Sentences about how the samples were made. */
  readonly notes: readonly string[];
}

type Request = Pick<
  SubjectRequest,
  'shapes' | 'values' | 'pixels' | 'calibrationPath' | 'limits' | 'onEvent' | 'signal'
>;

/**
 * Samples for a bare graph: tensors or pictures from where they were named, else random ones. Inputs with a value of
 * their own have it in every sample that does not say otherwise.
 * @throws {StudioError} `usage` for a size that is open and names that are no inputs, `samples-invalid`, `file-missing`,
 *   `image-damaged`
 */
export async function graphSamples(inputs: readonly InputSpec[], request: Request): Promise<GraphSamples> {
  const { shapes, values, calibrationPath } = request;
  for (const name of [...Object.keys(shapes), ...Object.keys(values)]) requireInput(name, inputs);
  const fixed = fixedFeeds(inputs, request);
  const open = inputs.filter(({ name }) => fixed[name] === undefined);
  const made = await (calibrationPath === undefined
    ? madeUp(open, shapes)
    : (await holdsPictures(calibrationPath))
      ? fromPictures(calibrationPath, open, request)
      : fromTensors(calibrationPath, inputs, new Set(Object.keys(fixed)), shapes));
  const whole = (samples: readonly Feeds[]): Feeds[] => samples.map(feeds => ({ ...fixed, ...feeds }));
  const { calibration, evaluation } = made.sets;
  return { ...made, sets: { calibration: whole(calibration), evaluation: whole(evaluation) } };
}

function requireInput(name: string, inputs: readonly InputSpec[]): void {
  if (inputs.some(input => input.name === name)) return;
  const names = inputs.map(input => input.name).join(', ');
  throw new StudioError('usage', `The model has no input ${name}: its inputs are ${names}.`);
}

function fixedFeeds(inputs: readonly InputSpec[], { shapes, values }: Request): Feeds {
  const given = inputs.filter(({ name }) => values[name] !== undefined);
  const valueInputs = given.map(({ name, type }) => ({ name, type }));
  requireSizes(given, shapes, valueInputs);
  return Object.fromEntries(
    given.map((input): [string, FeedTensor] => {
      const { name, type } = input;
      const dims = (shapes[name] ?? input.dims).map(Number);
      const count = dims.reduce((product, size) => product * size, 1);
      if (!isFeedType(type))
        throw new StudioError('usage', `The input ${name} has the type ${type}, which cannot be fed.`);
      try {
        const data = convertValues(new Float64Array(count).fill(values[name] ?? 0), type);
        return [name, { type, dims, data }];
      } catch {
        const message = `The input ${name} has the type ${type}, which cannot hold ${values[name]}: give another value.`;
        throw new StudioError('usage', message, { asks: { valueInputs } });
      }
    }),
  );
}

function madeUp(inputs: readonly InputSpec[], shapes: Request['shapes']): GraphSamples {
  const { calibration, evaluation } = randomCount;
  const samples = randomSamples(inputs, shapes, calibration + evaluation, seed);
  const sets = { calibration: samples.slice(0, calibration), evaluation: samples.slice(calibration) };
  return { sets, info: { source: 'random', skipped: [] }, notes: [] };
}

/** A suite of questions is one of pictures. A folder with both is one of tensors; folders beside pictures do not count. */
async function holdsPictures(place: string): Promise<boolean> {
  const stats = await stat(place).catch(() => undefined);
  if (stats?.isDirectory() !== true) return /\.jsonl$/i.test(place);
  const entries = await readdir(place, { withFileTypes: true });
  const files = entries.filter(entry => !entry.isDirectory());
  if (files.some(({ name }) => tensorName.test(name))) return false;
  if (files.some(({ name }) => pictureName.test(name))) return true;
  if (files.length < entries.length) return false;
  const message = `${place} holds no picture and no tensor: choose a folder with pictures, or with .npy or .json files.`;
  throw new StudioError('file-missing', message);
}

async function fromPictures(
  place: string,
  inputs: readonly InputSpec[],
  { shapes, pixels, limits, onEvent, signal }: Request,
): Promise<GraphSamples> {
  const input = pictureInputOf(inputs, shapes);
  const found = await questionsAt(place, []);
  const sets = [
    spread(found.calibration, limits.calibration),
    spread(found.evaluation, limits.evaluation),
  ] as const;
  const total = sets[0].length + sets[1].length;
  const skipped: CalibrationInfo['skipped'] = [];
  let done = 0;
  const read = async (questions: readonly Question[]): Promise<Feeds[]> => {
    const samples: Feeds[] = [];
    for (const { name, imagePath } of questions) {
      if (signal.aborted) throw new StudioError('cancelled', 'The measurement was cancelled.');
      try {
        samples.push(await pictureFeeds(input, imagePath, pixels));
      } catch (error) {
        if (!(error instanceof StudioError)) throw error;
        skipped.push({ name, reason: error.message });
      }
      onEvent({ type: 'status', message: 'Reading pictures', done: ++done, total });
    }
    return samples;
  };
  const [calibration, evaluation] = evened(await read(sets[0]), await read(sets[1]));
  if (calibration.length === 0 || evaluation.length === 0) throw tooFew(total, skipped);
  const range = { unit: '0..1', signed: '-1..1', imagenet: "ImageNet's", byte: '0..255' }[pixels];
  const colours = input.channels === 3 ? 'RGB' : 'grey';
  const notes = [
    `Pictures are scaled to ${input.width} x ${input.height}, ${colours}, their bytes to ${range} scale.`,
  ];
  return { sets: { calibration, evaluation }, info: { source: 'pictures', skipped }, notes };
}

async function fromTensors(
  path: string,
  inputs: readonly InputSpec[],
  optional: ReadonlySet<string>,
  shapes: Request['shapes'],
): Promise<GraphSamples> {
  const sized = inputs.map(input => ({ ...input, dims: shapes[input.name] ?? input.dims }));
  const { samples, skipped } = await readTensorSamples(path, sized, optional);
  if (samples.length < 2) {
    const message = `${path} holds one sample, but those that are measured must not set the ranges: give two or more.`;
    throw new StudioError('samples-invalid', message);
  }
  return { sets: divided(samples), info: { source: 'tensors', skipped: [...skipped] }, notes: [] };
}

function divided(samples: readonly NamedFeeds[]): SampleSets {
  const every = Math.min(evaluatedOneIn, samples.length);
  const isEvaluated = (index: number): boolean => index % every === every - 1;
  return {
    calibration: samples.filter((_, index) => !isEvaluated(index)).map(({ feeds }) => feeds),
    evaluation: samples.filter((_, index) => isEvaluated(index)).map(({ feeds }) => feeds),
  };
}
