/** Run records for tests of the throughput view: drawn by a seeded rule, not measured. */
import type { RunOperator, RunRecord, RunRepetition, RunSummary } from '../../../../src/protocol/runRecord';

/** Park and Miller's generator: the same run every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

export interface ExampleOptions {
  id?: string;
  name?: string;
  /** Tokens a second at a context of 79. */
  rate?: number;
  contexts?: (number | null)[];
  repetitions?: number;
  tokens?: number;
  seed?: number;
  heat?: boolean;
}

/** A whole run: repetitions in turns, samples four times a second, operators, summaries that agree with them. */
export function exampleRun(options: ExampleOptions = {}): RunRecord {
  const { id = 'run-a', name = 'nano fp32', rate = 300, contexts = [null, 128, 512] } = options;
  const { repetitions: count = 5, tokens = 64, seed = 7, heat = true } = options;
  const next = random(seed);
  const repetitions: RunRepetition[] = [];
  let atMs = 400;
  for (let round = 0; round <= count; round++)
    for (const context of contexts) {
      const drawn = repetition(round === 0 ? 'warm-up' : 'measured', context, atMs, { rate, tokens, next });
      repetitions.push(drawn);
      atMs += (drawn.tokenAtMs.at(-1) ?? 0) + 5;
    }
  const samples = Array.from({ length: Math.ceil(atMs / 250) }, (_, index) => ({
    atMs: index * 250,
    rssBytes: Math.round(180e6 + 30e6 * (1 - Math.exp(-index / 8))),
    cacheBytes: 2_400_000,
    temperaturesC: heat ? { x86_pkg_temp: 52 + 14 * (1 - Math.exp(-index / 12)) } : null,
    clockMhz: heat ? 3100 : null,
  }));
  return {
    format: 'autoneural-run',
    version: 1,
    id,
    name,
    provenance: {
      kind: 'device',
      source: null,
      program: 'autoneural-studio 0.1.0',
      date: '2026-11-21T12:00:00.000Z',
      model: {
        name: 'autoneural-nano',
        sha256: 'ab'.repeat(32),
        graphSha256: '9c'.repeat(32),
        weightsSha256: null,
        parameters: 4_400_000,
        contextLength: 1024,
      },
      precision: 'fp32',
      recipeSha256: null,
      versions: { onnxruntime: '1.30.0' },
      target: { id: 'local-cpu', label: 'This machine (CPU)' },
      device: {
        name: 'desk',
        os: 'linux',
        arch: 'x64',
        processor: 'a processor',
        cores: 2,
        memoryBytes: 8e9,
      },
      threads: 1,
    },
    settings: {
      picture: { name: 'dashboard-87.png', sha256: 'cd'.repeat(32) },
      question: 'What speed does the dashboard show?',
      contexts: contexts.filter(context => context !== null),
      repetitions: count,
      warmUps: 1,
      tokens,
      sustainSeconds: 0,
    },
    status: 'complete',
    statusReason: null,
    loads: [{ kind: 'cold', ms: 310, derived: false, rssBytes: 180e6 }],
    repetitions,
    samples,
    peakRssBytes: 212e6,
    operatorPass: { prompts: 2, tokens: 32, operators: operators() },
    summaries: contexts.flatMap(context => summaries(repetitions, context)),
    unmeasured: heat
      ? [{ what: 'context 4096', reason: 'A context of 4096 was left out: the model has room for 1,024.' }]
      : [{ what: 'temperaturesC', reason: 'This system shows no temperature.' }],
    notes: [],
  };
}

function repetition(
  phase: RunRepetition['phase'],
  context: number | null,
  startedAtMs: number,
  { rate, tokens, next }: { rate: number; tokens: number; next: () => number },
): RunRepetition {
  const prompt = context ?? 79;
  const prefillMs = prompt / 2.2;
  const parts = { decodeImageMs: 6, resizeMs: 4, encodeMs: 5, projectMs: 0.2, prefillMs, overheadMs: 1.5 };
  const ttftMs = Object.values(parts).reduce((sum, ms) => sum + ms, 0);
  let at = ttftMs;
  const tokenAtMs = Array.from({ length: tokens }, (_, index) => {
    if (index > 0) at += (1000 / rate) * (1 + prompt / 2000) * (0.9 + 0.2 * next());
    return at;
  });
  return {
    phase,
    context,
    startedAtMs,
    tokens: { image: 64, text: prompt - 64, generated: tokens },
    parts: { ttftMs, ...parts },
    tokenAtMs,
    partial: false,
  };
}

function summaries(repetitions: readonly RunRepetition[], context: number | null): RunSummary[] {
  const counted = repetitions.filter(one => one.phase === 'measured' && one.context === context);
  const of = (metric: RunSummary['metric'], value: (one: RunRepetition) => number): RunSummary => {
    const sorted = counted.map(value).sort((one, other) => one - other);
    const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0;
    return { metric, context, median: at(0.5), p10: at(0.1), p90: at(0.9), n: sorted.length, warmUps: 1 };
  };
  return [
    of('ttftMs', ({ parts }) => parts.ttftMs ?? 0),
    of('encodeMs', ({ parts }) => parts.encodeMs ?? 0),
    of('projectMs', ({ parts }) => parts.projectMs ?? 0),
    of('prefillMs', ({ parts }) => parts.prefillMs ?? 0),
    of(
      'decodeTokensPerSecond',
      ({ tokenAtMs }) => ((tokenAtMs.length - 1) * 1000) / ((tokenAtMs.at(-1) ?? 0) - (tokenAtMs[0] ?? 0)),
    ),
    of(
      'prefillTokensPerSecond',
      ({ tokens, parts }) => (((tokens.image ?? 0) + (tokens.text ?? 0)) * 1000) / (parts.prefillMs ?? 1),
    ),
  ];
}

function operators(): RunOperator[] {
  const cpu = 'CPUExecutionProvider';
  const one = (
    layer: string,
    op: string,
    timeUs: number,
    change: Partial<RunOperator> = {},
  ): RunOperator => ({
    stage: 'decode',
    layer,
    op,
    calls: 64,
    timeUs,
    cycles: null,
    estimated: false,
    provider: cpu,
    ...change,
  });
  return [
    ...Array.from({ length: 4 }, (_, block) =>
      one(`decoder.layer${block}.attn.query`, 'MatMul', 9000 - block),
    ),
    ...Array.from({ length: 4 }, (_, block) => one(`decoder.layer${block}.feedForward.up`, 'MatMul', 12_000)),
    one('decoder.layer0.feedForward.act', 'QuickGelu', 800),
    one('vision.stem', 'Conv', 5000, { stage: 'encode', calls: 2 }),
    one('vision.msfa.resize', 'Resize', 1500, {
      stage: 'encode',
      calls: 2,
      provider: 'WebGpuExecutionProvider',
    }),
  ];
}
