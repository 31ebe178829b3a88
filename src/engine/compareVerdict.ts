import type { ComparedAnswer, CompareResult, CompareStep } from '../protocol/compare';

/** The comparison in one sentence; tokens are counted from 1. */
export function verdictOf({ a, b, firstDifference, steps }: Omit<CompareResult, 'verdict'>): string {
  const far =
    steps.length === 0 ? 'the vocabularies differ, so no probabilities are compared' : farthest(steps);
  if (firstDifference === null) return `Same answer; ${far}.`;
  const what = a.answer === b.answer ? 'Same words, but other tokens' : 'Answers differ';
  const [ofA, ofB] = [a, b].map(answer => words(answer, firstDifference));
  return `${what} from token ${firstDifference + 1}: ${ofA} and ${ofB}; ${far}.`;
}

/** A token as the verdict names it. What ends an answer has a text that says nothing to most people. */
function words({ tokens, stopReason }: ComparedAnswer, step: number): string {
  const token = tokens[step];
  if (token === undefined) return 'nothing';
  const ends = stopReason === 'end-of-text' && step === tokens.length - 1;
  return ends ? 'the end' : `“${token.text}”`;
}

function farthest(steps: readonly CompareStep[]): string {
  const infinite = steps.findIndex(({ klNats }) => klNats === null);
  if (infinite >= 0) return `KL is not finite at token ${infinite + 1}`;
  const values = steps.map(({ klNats }) => klNats ?? 0);
  const largest = Math.max(...values);
  if (largest === 0) return 'KL is 0 at every token';
  return `largest KL ${formatNats(largest)} nats at token ${values.indexOf(largest) + 1}`;
}

/** Two significant digits: `0.021`, `3.1e-7`. */
function formatNats(nats: number): string {
  return nats < 1e-4 ? nats.toExponential(1) : String(Number(nats.toPrecision(2)));
}
