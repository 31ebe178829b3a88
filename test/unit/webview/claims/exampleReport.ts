import type { ClaimsReport, Measured } from '../../../../src/protocol/claims';

const figure = (median: number): Measured => ({
  measured: true,
  median,
  p10: median * 0.98,
  p90: median * 1.05,
  n: 3,
});

/** A comparison as it is kept; its figures are made up. */
export function exampleReport(change: Partial<ClaimsReport> = {}): ClaimsReport {
  const parts = (imageTokens: number, macs: number, encode: number, prefill: number) => ({
    imageTokens,
    encoderMacs: macs,
    encodeMs: figure(encode),
    projectMs: figure(50),
    prefillMs: figure(prefill),
    firstTokenMs: figure(encode + prefill + 50),
  });
  const contender = {
    parameters: 654_902_336,
    stateBytes: 327_680,
    contextLength: 4096,
    longestContext: 4096,
  };
  return {
    format: 'autoneural-claims',
    version: 1,
    date: '2026-11-21T16:20:05.000Z',
    status: 'complete',
    statusReason: null,
    machine: { processor: 'Example 9000', cores: 2, os: 'Linux 6', memoryBytes: 24e9 },
    precision: 'cpu-q4',
    threads: 1,
    repeats: 3,
    textTokens: 32,
    memoryBudgetBytes: 4e9,
    versions: { 'onnxruntime-node': '1.30.0' },
    contenders: [
      { ...contender, name: 'ours', weightBytes: 1.69e9, cacheBytesPerToken: 24_576 },
      { ...contender, name: 'baseline', weightBytes: 1.72e9, cacheBytesPerToken: 65_536 },
    ],
    pictures: [
      { imageSize: 256, models: [parts(256, 43.7e9, 1343, 3187), parts(81, 103.5e9, 3236, 1250)] },
      { imageSize: 512, models: [parts(256, 181.8e9, 5800, 3190), parts(324, 475.1e9, 14_700, 4100)] },
    ],
    decode: [
      { context: 512, models: [figure(18.4), figure(16.3)] },
      {
        context: 8192,
        models: [figure(12), { measured: false, reason: 'reads at most 4096 tokens' }],
      },
    ],
    claims: [
      {
        claim: 'Vision encoder up to 14 times as fast as a ViT',
        published: '256 px: 28 ms against 163.3 ms (5.8 ×)',
        here: '256 px: 1343 ms against 3236 ms (2.4 ×)',
        verdict: 'holds partly',
        why: 'ours is faster, by at most 2.5 ×.',
      },
      {
        claim: 'Decodes 3 times as fast as a transformer',
        published: '44 against 15 tok/s (2.9 ×)',
        here: 'context 512: 18.4 against 16.3 tok/s (1.1 ×)',
        verdict: 'does not hold here',
        why: 'ours does not decode faster on this machine.',
      },
      {
        claim: 'A context 4 times as long in the same memory',
        published: '4096 against 1024 tokens',
        here: 'within 4.0 GB: 4096 against 4096 tokens',
        verdict: 'does not hold here',
        why: 'Within 4.0 GB neither reaches noticeably further.',
      },
    ],
    notes: ['Weights are random: they may be timed and counted, and say nothing of answers.'],
    ...change,
  };
}
