/** Example states of cards that compare. Every figure in them is invented. */
import type { ComparedAnswer, CompareResult, CompareStep } from '../../../src/protocol/compare';
import type { ModelInfo } from '../../../src/protocol/models';
import type { Precision } from '../../../src/protocol/prompt';
import type { Comparison } from '../../../src/protocol/promptView';
import { card, choice, result, viewState } from './states';

/** The shipped model in two precisions, and another of the same name in two. */
export function comparableModels(): ModelInfo[] {
  const [nano] = viewState().models;
  if (!nano) throw new Error('There is no model in the example.');
  const precisions: Precision[] = ['fp32', 'w8a16-w4a16'];
  return [
    { ...nano, precisions },
    { ...nano, bundleDir: '/models/exported/autoneural-nano', precisions: ['fp32'] },
  ];
}

const quantized = { ...choice, precision: 'w8a16-w4a16' } as const;

function answer(precision: Precision, words: readonly string[]): ComparedAnswer {
  const text = words.join(' ');
  const { stopReason, model, timings } = result(text);
  const ends = words.map((_, index) => words.slice(0, index + 1).join(' ').length);
  const tokens = words.map((word, index) => ({ id: index + 20, text: word, end: ends[index] ?? 0 }));
  const end = { id: 7, text: '<|im_end|>', end: text.length };
  return { answer: text, tokens: [...tokens, end], stopReason, precision, model, timings };
}

function step(text: string, id: number, share: number, klNats: number): CompareStep {
  const others = ['in', 'Getting', 'Standing', '<|im_end|>'].filter(other => other !== text);
  const likeliest = (first: number) =>
    [text, ...others].map((word, index) => ({
      id: id + index,
      text: word,
      probability: index === 0 ? first : (1 - first) / 2 ** index,
    }));
  return { token: { id, text }, a: likeliest(share), b: likeliest(share - 0.21), klNats };
}

const parted: CompareResult = {
  a: answer('fp32', ['Getting', 'out']),
  b: answer('w8a16-w4a16', ['Getting', 'in', 'again']),
  firstDifference: 1,
  steps: [
    step('Getting', 20, 0.98, 0),
    step('out', 21, 0.512, 0.0053),
    step('<|im_end|>', 7, 0.9996, 3.1e-7),
  ],
  stepsReason: null,
  verdict: 'Answers differ from token 2: “out” and “in”; largest KL 0.0053 nats at token 2.',
};

function comparing(id: string, change: Partial<Comparison>, more: Parameters<typeof card>[2] = {}) {
  const comparison = { choice: quantized, answer: '', status: null, ...change };
  return card(id, 'Tell me what the person is doing.', { ...more, comparison });
}

export const differing = comparing(
  '20',
  { answer: parted.b.answer, result: parted },
  { state: 'done', answer: parted.a.answer },
);

export const agreeing = comparing(
  '21',
  {
    answer: 'Getting out',
    result: {
      ...parted,
      b: { ...parted.a, precision: 'w8a16-w4a16' },
      firstDifference: null,
      verdict: 'Same answer; largest KL 0.0053 nats at token 2.',
    },
  },
  { state: 'done', answer: 'Getting out' },
);

/** A ends where B goes on, and the two share no vocabulary. */
export const shorter = comparing(
  '22',
  {
    answer: 'Getting out again',
    result: {
      ...parted,
      b: answer('w8a16-w4a16', ['Getting', 'out', 'again']),
      firstDifference: 2,
      steps: [],
      stepsReason:
        'The two models have different vocabularies, so their probabilities cannot be compared token by token.',
      verdict:
        'Answers differ from token 3: the end and “again”; the vocabularies differ, so no probabilities are compared.',
    },
  },
  { state: 'done', answer: 'Getting out' },
);

export const comparisonRunning = comparing(
  '23',
  { status: 'Second model: Loading autoneural-nano in w8a16-w4a16', answer: '' },
  { answer: 'Getting out' },
);

export const comparisonFailed = comparing(
  '24',
  {},
  {
    state: 'failed',
    answer: 'Getting',
    failure: {
      kind: 'host-died',
      message:
        'The model host of the comparison was ended by signal SIGKILL; compare again to start a new one.',
    },
  },
);
