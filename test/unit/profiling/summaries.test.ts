import { describe, expect, it } from 'vitest';
import { summarize, summaryAt, sustainedChange, tokenGapsMs } from '../../../src/profiling/summaries';
import { repetition } from './runs';

/** Quantiles are those of numpy.quantile, whose numbers these are. */
describe('a summary', () => {
  const runs = [
    repetition([4, 6], { ttftMs: 50 }),
    repetition([5, 5], { ttftMs: 60 }),
    repetition([10, 10], { ttftMs: 90 }),
  ];

  it('takes middle and tails over the measured prompts', () => {
    const summaries = { summaries: summarize(runs, 2) };
    expect(summaryAt(summaries, 'ttftMs', null)).toEqual({
      metric: 'ttftMs',
      context: null,
      median: 60,
      p10: 52,
      p90: 84,
      n: 3,
      warmUps: 2,
    });
    // (3 tokens - 1) in 10, 10 and 20 ms.
    expect(summaryAt(summaries, 'decodeTokensPerSecond', null)).toMatchObject({ median: 200, p10: 120 });
    // 64 tokens of the picture and 16 of the text in 20 ms.
    expect(summaryAt(summaries, 'prefillTokensPerSecond', null)).toMatchObject({ median: 4000 });
    expect(summaryAt(summaries, 'tokenGapMs', null)).toMatchObject({ median: 5.5, p90: 10, n: 6 });
  });

  it('counts no cold, warm-up, sustained or stopped prompt, and no other context', () => {
    const others = [
      repetition([1000], { phase: 'cold' }),
      repetition([1000], { phase: 'warm-up' }),
      repetition([1000], { phase: 'sustained' }),
      repetition([1000], { partial: true }),
      repetition([1000], { context: 512 }),
    ];
    const all = { summaries: summarize([...others, ...runs], 1) };
    expect(summaryAt(all, 'tokenGapMs', null)).toMatchObject({ median: 5.5, n: 6 });
    expect(summaryAt(all, 'tokenGapMs', 512)).toMatchObject({ median: 1000, n: 1 });
  });

  it('has no throughput of a single token', () => {
    const single = { summaries: summarize([repetition([])], 0) };
    expect(summaryAt(single, 'decodeTokensPerSecond', null)).toBeUndefined();
    expect(summaryAt(single, 'ttftMs', null)).toMatchObject({ n: 1, median: 50 });
  });
});

it('gaps are between neighbours', () => {
  expect(tokenGapsMs(repetition([4, 6.5, 3]))).toEqual([4, 6.5, 3]);
});

it('a sustained part compares its first quarter with its last', () => {
  const slower = [5, 5, 5, 6, 7, 8, 10, 10].map(gap => repetition([gap, gap], { phase: 'sustained' }));
  expect(sustainedChange(slower)).toEqual({ first: 200, last: 100, prompts: 8 });
  expect(sustainedChange(slower.slice(0, 3))).toBeNull();
});
