import type { RunRecord, RunRepetition } from '../../../src/protocol/runRecord';

/** A prompt of `gapsMs.length + 1` tokens, the first after `ttftMs`. */
export function repetition(
  gapsMs: readonly number[],
  { ttftMs = 50, ...more }: Partial<RunRepetition> & { ttftMs?: number } = {},
): RunRepetition {
  const tokenAtMs = [ttftMs];
  for (const gap of gapsMs) tokenAtMs.push((tokenAtMs.at(-1) ?? 0) + gap);
  return {
    phase: 'measured',
    context: null,
    startedAtMs: 1000,
    tokens: { image: 64, text: 16, generated: tokenAtMs.length },
    parts: {
      ttftMs,
      decodeImageMs: 5,
      resizeMs: 2,
      encodeMs: 10,
      projectMs: 1,
      prefillMs: 20,
      overheadMs: ttftMs - 38,
    },
    tokenAtMs,
    partial: false,
    ...more,
  };
}

const hash = (digit: string) => digit.repeat(64);

/** A whole record of Nano on a machine of two cores; everything may be replaced. */
export function runRecord(more: Partial<RunRecord> = {}): RunRecord {
  return {
    format: 'autoneural-run',
    version: 1,
    id: '20261121T160000Z-nano-0001',
    name: 'nano, fp32',
    provenance: {
      kind: 'device',
      source: null,
      program: 'autoneural-studio 0.1.0',
      date: '2026-11-21T16:00:00.000Z',
      model: {
        name: 'autoneural-nano',
        sha256: hash('a'),
        graphSha256: hash('9'),
        weightsSha256: null,
        parameters: 5_000_000,
        contextLength: 1024,
      },
      precision: 'fp32',
      recipeSha256: null,
      versions: { onnxruntime: '1.30.0' },
      target: { id: 'local-cpu', label: 'This machine (CPU)' },
      device: { name: 'a', os: 'linux 6.1', arch: 'x64', processor: 'Xeon', cores: 2, memoryBytes: 2 ** 34 },
      threads: 1,
    },
    settings: {
      picture: { name: 'a.png', sha256: hash('b') },
      question: 'What does the sign say?',
      contexts: [128],
      repetitions: 2,
      warmUps: 1,
      tokens: 3,
      sustainSeconds: 0,
    },
    status: 'complete',
    statusReason: null,
    loads: [{ kind: 'cold', ms: 100, derived: true, rssBytes: 1e8 }],
    repetitions: [repetition([4, 6])],
    samples: [{ atMs: 0, rssBytes: 1e8, cacheBytes: 1e6, temperaturesC: { cpu: 45.5 }, clockMhz: 2800 }],
    peakRssBytes: 2e8,
    operatorPass: {
      prompts: 2,
      tokens: 6,
      operators: [
        {
          stage: 'decode',
          layer: 'decoder.layer0.feedForward.gate',
          op: 'MatMul',
          calls: 4,
          timeUs: 812,
          cycles: null,
          estimated: false,
          provider: 'CPUExecutionProvider',
        },
      ],
    },
    summaries: [
      { metric: 'decodeTokensPerSecond', context: null, median: 200, p10: 190, p90: 205, n: 2, warmUps: 1 },
      { metric: 'ttftMs', context: null, median: 50, p10: 48, p90: 60, n: 2, warmUps: 1 },
      {
        metric: 'prefillTokensPerSecond',
        context: 128,
        median: 4000,
        p10: 3900,
        p90: 4100,
        n: 2,
        warmUps: 1,
      },
    ],
    unmeasured: [{ what: 'clockMhz', reason: 'There is none.' }],
    notes: ['A note.'],
    ...more,
  };
}
