import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/profiling/claims/verdicts';
import type { ClaimsReport, Measured } from '../../../../src/protocol/claims';

const figure = (median: number): Measured => ({ measured: true, median, p10: median, p90: median, n: 3 });
const none: Measured = { measured: false, reason: 'reads at most 1024 tokens' };

/** Encoder times and decode rates of both models, and the lengths that fit. */
function report(
  encode: readonly [number, number, number][],
  decode: readonly [number, Measured, Measured][],
  longest: readonly [number, number],
): Omit<ClaimsReport, 'claims'> {
  const contender = (name: string, longestContext: number) => ({
    name,
    parameters: 1,
    weightBytes: 1000,
    cacheBytesPerToken: 24_576,
    stateBytes: 0,
    contextLength: 4096,
    longestContext,
  });
  const parts = (ms: number) => ({
    imageTokens: 256,
    encoderMacs: 1e9,
    encodeMs: figure(ms),
    projectMs: figure(1),
    prefillMs: figure(1),
    firstTokenMs: figure(ms + 2),
  });
  return {
    format: 'autoneural-claims',
    version: 1,
    date: '2026-01-01T00:00:00.000Z',
    status: 'complete',
    statusReason: null,
    machine: { processor: 'x', cores: 1, os: 'x', memoryBytes: 1 },
    precision: 'fp32',
    threads: 1,
    repeats: 3,
    textTokens: 32,
    memoryBudgetBytes: 4e9,
    versions: {},
    contenders: [contender('ours', longest[0]), contender('baseline', longest[1])],
    pictures: encode.map(([imageSize, a, b]) => ({ imageSize, models: [parts(a), parts(b)] })),
    decode: decode.map(([context, a, b]) => ({ context, models: [a, b] })),
    notes: [],
  };
}

const verdictsOf = (...given: Parameters<typeof report>) =>
  judge(report(...given)).map(({ verdict }) => verdict);

describe('the paper’s claims', () => {
  it('hold where the published figures themselves were measured', () => {
    const encode: [number, number, number][] = [
      [256, 28, 163.3],
      [512, 101.7, 1415],
    ];
    expect(verdictsOf(encode, [[1024, figure(44), figure(15)]], [4096, 1024])).toEqual([
      'holds',
      'holds',
      'holds',
    ]);
  });

  it('hold partly where the direction is right and the size is not', () => {
    expect(verdictsOf([[256, 100, 180]], [[512, figure(20), figure(15)]], [4096, 2048])).toEqual([
      'holds partly',
      'holds partly',
      'holds partly',
    ]);
  });

  it('hold partly where only sizes were measured that the paper does not report', () => {
    const [encoder] = judge(report([[128, 8, 63]], [], [0, 0]));
    expect(encoder?.verdict).toBe('holds partly');
  });

  it('do not hold where nothing differs, or the baseline is ahead', () => {
    expect(verdictsOf([[256, 100, 90]], [[512, figure(14), figure(15)]], [4096, 4096])).toEqual([
      'does not hold here',
      'does not hold here',
      'does not hold here',
    ]);
  });

  it('are not judged by figures that are missing', () => {
    expect(verdictsOf([], [[4096, figure(44), none]], [0, 0])).toEqual([
      'not measured',
      'not measured',
      'not measured',
    ]);
    const [, decode] = judge(report([], [[4096, figure(44), none]], [0, 0]));
    expect(decode?.here).toBe('context 4096: 44.0 tok/s against none (reads at most 1024 tokens)');
  });

  it('say that a model whose weights fill the memory has no context, not that its cache is large', () => {
    const [, , context] = judge(report([], [], [4096, 0]));
    expect(context?.verdict).toBe('holds');
    expect(context?.why).toMatch(/^The weights of baseline alone take 0\.0 GB, so nothing is left/);
  });
});
