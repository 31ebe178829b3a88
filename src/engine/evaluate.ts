import { checkPictures, isAccepted, type SuiteQuestion } from './suite';
import type { LoadedModel } from './target';

export interface Score {
  /** Share of the answers that equal an accepted one, 0 to 1. */
  exactMatch: number;
  /** Questions asked. */
  n: number;
}

/** The answers to a prompt suite and their scores. */
export interface Evaluation extends Score {
  groups: Record<string, Score>;
  answers: { image: string; question: string; answer: string; correct: boolean }[];
}

export interface EvaluateOptions {
  /** Grey in place of every picture. */
  blind: boolean;
  /** Called after every question. */
  onProgress: (done: number, correct: number) => void;
  signal: AbortSignal;
}

/**
 * Asks every question of a suite greedily, each as the first of its own conversation. Questions about the same
 * picture that follow one another share what the model remembers of it; their answers are the same as without.
 * @throws {StudioError} as `LoadedModel.prompt` does; `file-missing` before the first question
 */
export async function evaluate(
  model: LoadedModel,
  questions: readonly SuiteQuestion[],
  options: EvaluateOptions,
): Promise<Evaluation> {
  await checkPictures(questions);
  const results: (SuiteQuestion & { answer: string; correct: boolean })[] = [];
  let correct = 0;
  for (const each of questions) {
    const { imagePath, question } = each;
    const request = { imagePath, turns: [], question, sampling: { temperature: 0 }, blind: options.blind };
    const { answer } = await model.prompt(request, () => {}, options.signal);
    const accepted = isAccepted(answer, each.answers);
    if (accepted) correct++;
    results.push({ ...each, answer, correct: accepted });
    options.onProgress(results.length, correct);
  }
  const names = [...new Set(results.map(({ group }) => group))].sort();
  const groupScore = (name: string) => score(results.filter(({ group }) => group === name));
  return {
    ...score(results),
    groups: Object.fromEntries(names.map(name => [name, groupScore(name)])),
    answers: results.map(({ image, question, answer, correct }) => ({ image, question, answer, correct })),
  };
}

function score(results: readonly { correct: boolean }[]): Score {
  const n = results.length;
  return { exactMatch: results.filter(({ correct }) => correct).length / n, n };
}
