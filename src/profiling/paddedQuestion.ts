import type { MeasuredModel } from '../engine/measuredModel';

/** A question that makes a prompt of the length asked for, or why there is none. */
export type PaddedQuestion =
  | { readonly possible: true; readonly question: string; readonly tokens: number }
  | { readonly possible: false; readonly reason: string };

/**
 * Repeats a question until the prompt has `context` tokens, or as few less as whole words allow. The text goes the way
 * of every text, so nothing of the prompt path is left out.
 * @param tokens that will be written behind it
 */
export function paddedQuestion(
  model: Pick<MeasuredModel, 'info' | 'promptLength'>,
  question: string,
  context: number,
  tokens: number,
): PaddedQuestion {
  const { contextLength } = model.info;
  const bare = model.promptLength(question);
  if (bare > context)
    return impossible(`the picture, the question and the chat template alone have ${count(bare)} tokens`);
  // The last token that is written is not read any more.
  const needed = context + tokens - 1;
  if (needed > contextLength)
    return impossible(
      `with ${count(tokens)} tokens to write it needs ${count(needed)}, and the model has room for ${count(contextLength)}`,
    );
  const words = question.trim().split(/\s+/);
  const padded = (extra: number) => {
    const before = Array.from({ length: extra }, (_, place) => words[place % words.length]);
    return [...before, ...words].join(' ');
  };
  const extra = mostWithin(context, number => model.promptLength(padded(number)));
  const result = padded(extra);
  return { possible: true, question: result, tokens: model.promptLength(result) };
}

/** The largest number whose length is not above the limit; lengths grow with numbers, and 0 is within. */
function mostWithin(limit: number, lengthOf: (number: number) => number): number {
  let low = 0;
  let high = 1;
  while (high <= limit && lengthOf(high) <= limit) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lengthOf(middle) <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function impossible(reason: string): PaddedQuestion {
  return { possible: false, reason };
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
