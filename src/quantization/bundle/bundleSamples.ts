import { StudioError } from '../../protocol/failure';
import type { CalibrationInfo } from '../../protocol/quantization';
import type { Feeds } from '../samples/feeds';
import { type DecoderFeeds, decoderFeedsOf } from './decoderSamples';
import { type FloatModel, pixelsOf } from './floatModel';
import type { Question, QuestionSets } from './questions';

/** Samples that set ranges and samples that are measured; none is in both. */
export interface SampleSets {
  readonly calibration: readonly Feeds[];
  readonly evaluation: readonly Feeds[];
}

export interface BundleSamples {
  readonly vision: SampleSets;
  /** One decoder has one set of ranges: both are calibrated with prompts and with single tokens. */
  readonly prefill: SampleSets;
  readonly decode: SampleSets;
  readonly info: Omit<CalibrationInfo, 'method'>;
}

/** Questions that are used at most. */
export interface SampleLimits {
  readonly calibration: number;
  readonly evaluation: number;
  /** Tokens of an answer that are recorded, each a sample of the decode graph. */
  readonly decodeSteps: number;
}

interface Sample extends DecoderFeeds {
  readonly pixels: Feeds;
}

/**
 * Runs the float model over the questions and records what its graphs are fed with. A picture that cannot be read is
 * skipped and named.
 * @throws {StudioError} `image-damaged` when no picture is left for one of the sets, `cancelled`
 */
export async function bundleSamples(
  model: FloatModel,
  sets: QuestionSets,
  limits: SampleLimits,
  onStatus: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<BundleSamples> {
  const chosen = [
    spread(sets.calibration, limits.calibration),
    spread(sets.evaluation, limits.evaluation),
  ] as const;
  const total = chosen[0].length + chosen[1].length;
  const skipped: { name: string; reason: string }[] = [];
  let done = 0;
  const record = async (questions: readonly Question[]): Promise<Sample[]> => {
    const samples: Sample[] = [];
    for (const question of questions) {
      if (signal.aborted) throw new StudioError('cancelled', 'The measurement was stopped.');
      const pixels = await readable(model, question, skipped);
      if (pixels !== undefined)
        samples.push(await sampleOf(model, pixels, question.question, limits.decodeSteps));
      onStatus(++done, total);
    }
    return samples;
  };
  const [calibration, evaluation] = evened(await record(chosen[0]), await record(chosen[1]));
  if (calibration.length === 0 || evaluation.length === 0) throw tooFew(total, skipped);
  return { ...feedsOf(calibration, evaluation), info: infoOf(sets, calibration, evaluation, skipped) };
}

function feedsOf(calibration: readonly Sample[], evaluation: readonly Sample[]): Omit<BundleSamples, 'info'> {
  const decoderCalibration = calibration.flatMap(({ prefill, decode }) => [prefill, ...decode]);
  return {
    vision: {
      calibration: calibration.map(({ pixels }) => pixels),
      evaluation: evaluation.map(({ pixels }) => pixels),
    },
    prefill: { calibration: decoderCalibration, evaluation: evaluation.map(({ prefill }) => prefill) },
    decode: { calibration: decoderCalibration, evaluation: evaluation.flatMap(({ decode }) => decode) },
  };
}

function infoOf(
  { source }: QuestionSets,
  calibration: readonly Sample[],
  evaluation: readonly Sample[],
  skipped: CalibrationInfo['skipped'],
): BundleSamples['info'] {
  return {
    source,
    calibrationSamples: calibration.length,
    evaluationSamples: evaluation.length,
    skipped,
  };
}

async function sampleOf(
  model: FloatModel,
  pixels: Float32Array,
  question: string,
  decodeSteps: number,
): Promise<Sample> {
  const { width, height } = model.settings.picture;
  const tensor = { type: 'float32' as const, dims: [1, 3, height, width], data: pixels };
  return {
    pixels: { pixel_values: tensor },
    ...(await decoderFeedsOf(model, pixels, question, decodeSteps)),
  };
}

/** Undefined for a picture that cannot be read, which is noted. */
async function readable(
  model: FloatModel,
  { name, imagePath }: Question,
  skipped: { name: string; reason: string }[],
): Promise<Float32Array | undefined> {
  try {
    return await pixelsOf(model, imagePath);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    skipped.push({ name, reason: error.message });
    return undefined;
  }
}

/** Two sets of which neither is empty as long as there are two samples: one that lost all gets one of the other. */
export function evened<Sample>(
  a: readonly Sample[],
  b: readonly Sample[],
): [readonly Sample[], readonly Sample[]] {
  if (b.length === 0 && a.length > 1) return [a.slice(0, -1), a.slice(-1)];
  if (a.length === 0 && b.length > 1) return [b.slice(0, -1), b.slice(-1)];
  return [a, b];
}

/** At most `count` of a list, evenly spread over it: the pictures of one kind often stand side by side. */
export function spread<Item>(list: readonly Item[], count: number): readonly Item[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)] as Item);
}

/** The error of sets of which one is empty. */
export function tooFew(total: number, skipped: CalibrationInfo['skipped']): StudioError {
  const [first] = skipped;
  const reason =
    first === undefined
      ? ''
      : `, of which ${skipped.length} cannot be read (${first.reason.replace(/[.]$/, '')})`;
  const message = `Too few pictures to calibrate: there ${total === 1 ? 'is' : 'are'} ${total}${reason}; give at least four that can be read, since those that are measured must not set the ranges.`;
  return new StudioError('image-damaged', message);
}
