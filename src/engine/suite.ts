import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { StudioError } from '../protocol/failure';

/** One question of a prompt suite. */
export interface SuiteQuestion {
  /** As the suite names it: relative to the suite file. */
  image: string;
  imagePath: string;
  question: string;
  /** Accepted answers. */
  answers: readonly string[];
  group: string;
}

const text = v.pipe(v.string(), v.regex(/\S/, 'it is empty'));
const lineSchema = v.object({
  image: text,
  question: text,
  answers: v.pipe(v.array(text), v.minLength(1, 'it names no answer')),
  group: v.optional(text, 'all'),
});

/** Largest suite file that is read. */
const maxMiB = 64;

/**
 * Reads a prompt suite: one JSON object a line, `{"image", "question", "answers", "group"}`.
 * @throws {StudioError} `file-missing` or `suite-invalid` with the number of the line
 */
export async function readSuite(file: string): Promise<SuiteQuestion[]> {
  const name = path.basename(file);
  const lines = (await readSuiteText(file, name)).split('\n');
  const questions = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [parseLine(line, `${name}, line ${index + 1}`, path.dirname(file))],
  );
  if (questions.length === 0) {
    const message = `${name} holds no question: write one JSON object a line.`;
    throw new StudioError('suite-invalid', message);
  }
  return questions;
}

async function readSuiteText(file: string, name: string): Promise<string> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined)
    throw new StudioError('file-missing', `There is no prompt suite at ${file}: check the path.`);
  if (!stats.isFile())
    throw new StudioError('suite-invalid', `${name} is no regular file: name a .jsonl file.`);
  if (stats.size > maxMiB * 2 ** 20)
    throw new StudioError('suite-invalid', `${name} has more than ${maxMiB} MiB: split it.`);
  return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
}

function parseLine(line: string, place: string, folder: string): SuiteQuestion {
  const invalid = (problem: string) =>
    new StudioError('suite-invalid', `${place} ${problem}: correct the line.`);
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw invalid('is not JSON');
  }
  const parsed = v.safeParse(lineSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw invalid(`cannot be used, its ${v.getDotPath(issue) ?? 'content'} is wrong (${issue.message})`);
  }
  const { image } = parsed.output;
  const imagePath = path.resolve(folder, image);
  const inside = path.relative(folder, imagePath);
  if (path.isAbsolute(image) || inside.split(path.sep)[0] === '..')
    throw invalid(`names the picture ${image}, which is no relative path inside the suite's folder`);
  return { ...parsed.output, imagePath };
}

/**
 * Looks for every picture before the work begins.
 * @throws {StudioError} `file-missing` with the first that is not there
 */
export async function checkPictures(questions: readonly SuiteQuestion[]): Promise<void> {
  for (const [imagePath, image] of new Map(questions.map(each => [each.imagePath, each.image]))) {
    if ((await stat(imagePath).catch(() => undefined))?.isFile() === true) continue;
    const message = `The suite's picture ${image} is missing: put it in its place or correct the suite.`;
    throw new StudioError('file-missing', message);
  }
}

/** What exact match compares: lower case, single spaces, none at the ends, then no `.`, `!` or `?` at the end. */
export function normalizeAnswer(answer: string): string {
  return answer
    .toLowerCase()
    .trim()
    .split(/\s+/)
    .join(' ')
    .replace(/[.!?]+$/, '')
    .trimEnd();
}

/** Whether an answer equals an accepted one, both normalized. */
export function isAccepted(answer: string, accepted: readonly string[]): boolean {
  const normal = normalizeAnswer(answer);
  return accepted.some(candidate => normalizeAnswer(candidate) === normal);
}
