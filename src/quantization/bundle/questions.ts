import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readSuite } from '../../engine/suite';
import { StudioError } from '../../protocol/failure';
import type { CalibrationInfo } from '../../protocol/quantization';

/** A picture with a question about it. */
export interface Question {
  /** Of the picture, for sentences. */
  readonly name: string;
  readonly imagePath: string;
  readonly question: string;
}

/** Pictures that set the ranges and pictures that are measured; none is in both. */
export interface QuestionSets {
  readonly source: Extract<CalibrationInfo['source'], 'shipped' | 'pictures'>;
  readonly calibration: readonly Question[];
  readonly evaluation: readonly Question[];
}

/** Folder of a bundle with its own pictures and the suites `calibration.jsonl` and `evaluation.jsonl`. */
export const calibrationFolder = 'calibration';

const pictureName = /\.(?:png|jpe?g|webp|gif|tiff?|avif)$/i;
/** Asked about a picture that comes without a question and for a bundle that ships none. */
const plainQuestion = 'What is in the picture?';
/** One picture in so many is measured, the others set the ranges. */
const evaluatedOneIn = 4;

/**
 * The questions that ship with a bundle.
 * @throws {StudioError} `file-missing` where it has none
 */
export async function shippedQuestions(bundleDir: string, bundleName: string): Promise<QuestionSets> {
  const [calibration, evaluation] = ['calibration', 'evaluation'].map(name =>
    path.join(bundleDir, calibrationFolder, `${name}.jsonl`),
  ) as [string, string];
  if ((await stat(calibration).catch(() => undefined)) === undefined) {
    const message = `${bundleName} ships no pictures for calibration: name a folder of pictures like those it will see.`;
    throw new StudioError('file-missing', message, { asks: { samples: true } });
  }
  return {
    source: 'shipped',
    calibration: await questionsOf(calibration),
    evaluation: await questionsOf(evaluation),
  };
}

/**
 * Questions about the pictures of a folder, or of a prompt suite (`.jsonl`), divided by their order in the list of
 * names: every fourth is measured.
 * @param shipped whose questions are asked about pictures without one
 * @throws {StudioError} `file-missing` where there is nothing to read
 */
export async function questionsAt(place: string, shipped: readonly Question[]): Promise<QuestionSets> {
  const stats = await stat(place).catch(() => undefined);
  if (stats === undefined)
    throw new StudioError('file-missing', `There are no calibration pictures at ${place}: check the path.`);
  const questions = stats.isDirectory()
    ? await questionsInFolder(place, shipped)
    : /\.jsonl$/i.test(place)
      ? await questionsOf(place)
      : refuseFile(place);
  const evaluated = (_: Question, index: number) => index % evaluatedOneIn === evaluatedOneIn - 1;
  return {
    source: 'pictures',
    calibration: questions.filter((question, index) => !evaluated(question, index)),
    evaluation: questions.filter(evaluated),
  };
}

async function questionsOf(suite: string): Promise<Question[]> {
  const asked = await readSuite(suite);
  return asked.map(({ image, imagePath, question }) => ({ name: image, imagePath, question }));
}

async function questionsInFolder(folder: string, shipped: readonly Question[]): Promise<Question[]> {
  const names = (await readdir(folder)).filter(name => pictureName.test(name)).sort();
  if (names.length === 0) {
    const message = `${folder} holds no picture: choose a folder with PNG, JPEG, WebP, GIF, TIFF or AVIF files.`;
    throw new StudioError('file-missing', message);
  }
  return names.map((name, index) => ({
    name,
    imagePath: path.join(folder, name),
    question: shipped[index % shipped.length]?.question ?? plainQuestion,
  }));
}

function refuseFile(place: string): never {
  const message = `${path.basename(place)} cannot calibrate a model of pictures: name a folder of pictures or a prompt suite (.jsonl).`;
  throw new StudioError('usage', message);
}
