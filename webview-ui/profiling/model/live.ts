import type { ProfileEvent } from '../../../src/protocol/profile';
import type { RunPhase, RunRecord, RunRepetition, RunSummary } from '../../../src/protocol/runRecord';
import { median, quantile } from '../../shared/charts/statistics';

/** A run that is going on, told by its events in the form that charts draw. */
export interface LiveRun {
  readonly record: RunRecord;
  /** What is done now. */
  readonly doing: string;
  /** How many prompts are done, of how many; null while prompts follow a clock. */
  readonly prompts: { readonly done: number; readonly of: number | null };
  /** The prompt that is running. */
  readonly open: RunRepetition | null;
}

const unknown = null;

/** Before the first event. What the record would say of the machine comes with its end. */
export const liveStart: LiveRun = {
  record: {
    format: 'autoneural-run',
    version: 1,
    id: 'running',
    name: 'this run',
    provenance: {
      kind: 'device',
      source: unknown,
      program: unknown,
      date: unknown,
      model: {
        name: unknown,
        sha256: unknown,
        graphSha256: unknown,
        weightsSha256: unknown,
        parameters: unknown,
        contextLength: unknown,
      },
      precision: unknown,
      recipeSha256: unknown,
      versions: {},
      target: { id: unknown, label: unknown },
      device: {
        name: unknown,
        os: unknown,
        arch: unknown,
        processor: unknown,
        cores: unknown,
        memoryBytes: unknown,
      },
      threads: unknown,
    },
    settings: {
      picture: unknown,
      question: unknown,
      contexts: [],
      repetitions: unknown,
      warmUps: unknown,
      tokens: unknown,
      sustainSeconds: unknown,
    },
    status: 'complete',
    statusReason: null,
    loads: [],
    repetitions: [],
    samples: [],
    peakRssBytes: null,
    operatorPass: null,
    summaries: [],
    unmeasured: [],
    notes: [],
  },
  doing: 'Starting…',
  prompts: { done: 0, of: null },
  open: null,
};

/** The run after one more event. */
export function applyEvents(live: LiveRun, events: readonly ProfileEvent[]): LiveRun {
  return events.reduce(applyEvent, live);
}

function applyEvent(live: LiveRun, event: ProfileEvent): LiveRun {
  const { record } = live;
  switch (event.type) {
    case 'doing':
      return { ...live, doing: event.message };
    case 'load':
      return { ...live, record: { ...record, loads: [...record.loads, event.load] } };
    case 'begun': {
      const { provenance, settings } = event.record;
      return { ...live, record: { ...record, provenance, settings } };
    }
    case 'prompt':
      return {
        ...live,
        doing: promptWords(event),
        prompts: { done: event.index - 1, of: event.of },
        open: opened(event.phase, event.context),
      };
    case 'stage':
      return live.open
        ? { ...live, open: { ...live.open, parts: { ...live.open.parts, [event.part]: event.ms } } }
        : live;
    case 'tokens':
      return withTokens(live, event);
    case 'sample': {
      const rss = Math.max(record.peakRssBytes ?? 0, event.sample.rssBytes ?? 0);
      const samples = [...record.samples, event.sample];
      return { ...live, record: { ...record, samples, peakRssBytes: rss || null } };
    }
    case 'repetition': {
      const repetitions = [...record.repetitions, event.repetition];
      const done = live.prompts.done + 1;
      return {
        ...live,
        open: null,
        prompts: { ...live.prompts, done },
        record: { ...record, repetitions, summaries: summariesOf(repetitions) },
      };
    }
    case 'operators':
      return { ...live, record: { ...record, operatorPass: event.pass } };
    case 'notice':
      return {
        ...live,
        record: { ...record, unmeasured: [...record.unmeasured, { what: event.what, reason: event.reason }] },
      };
  }
}

const phaseWords: Readonly<Record<RunPhase, string>> = {
  cold: 'the first after loading',
  'warm-up': 'warm-up',
  measured: 'measured',
  sustained: 'sustained, without a pause',
};

function promptWords({ phase, context, index, of }: Extract<ProfileEvent, { type: 'prompt' }>): string {
  const length = context === null ? '' : `, context ${context}`;
  return `Prompt ${index}${of === null ? '' : ` of ${of}`}: ${phaseWords[phase]}${length}`;
}

/** The record with the prompt that is running as its last repetition, for charts that grow with every token. */
export function liveRecord({ record, open }: LiveRun): RunRecord {
  return open && open.tokenAtMs.length > 0
    ? { ...record, repetitions: [...record.repetitions, open] }
    : record;
}

function withTokens(live: LiveRun, event: Extract<ProfileEvent, { type: 'tokens' }>): LiveRun {
  const open = live.open ?? opened(event.phase, event.context);
  const [first] = event.atMs;
  if (first === undefined) return live;
  // Tokens count from the run's beginning while they stream, and from their prompt's in the record.
  const startedAtMs = open.tokenAtMs.length === 0 ? first : open.startedAtMs;
  const tokenAtMs = [...open.tokenAtMs, ...event.atMs.map(at => at - startedAtMs)];
  return { ...live, open: { ...open, startedAtMs, tokenAtMs } };
}

function opened(phase: RunPhase, context: number | null): RunRepetition {
  return {
    phase,
    context,
    startedAtMs: 0,
    tokens: { image: null, text: null, generated: null },
    parts: {
      ttftMs: null,
      decodeImageMs: null,
      resizeMs: null,
      encodeMs: null,
      projectMs: null,
      prefillMs: null,
      overheadMs: null,
    },
    tokenAtMs: [],
    partial: true,
  };
}

/** Summaries so far, by the record's definitions; the record that ends the run brings its own. */
function summariesOf(repetitions: readonly RunRepetition[]): RunSummary[] {
  const counted = repetitions.filter(({ phase, partial }) => phase === 'measured' && !partial);
  const contexts = [...new Set(counted.map(({ context }) => context))];
  return contexts.flatMap(context => {
    const all = counted.filter(repetition => repetition.context === context);
    const of = (metric: RunSummary['metric'], value: (repetition: RunRepetition) => number | null) =>
      summarize(metric, context, all.map(value));
    return [
      ...of('ttftMs', ({ parts }) => parts.ttftMs),
      ...of('decodeImageMs', ({ parts }) => parts.decodeImageMs),
      ...of('resizeMs', ({ parts }) => parts.resizeMs),
      ...of('encodeMs', ({ parts }) => parts.encodeMs),
      ...of('projectMs', ({ parts }) => parts.projectMs),
      ...of('prefillMs', ({ parts }) => parts.prefillMs),
      ...of('overheadMs', ({ parts }) => parts.overheadMs),
      ...of('decodeTokensPerSecond', decodeRate),
      ...of('prefillTokensPerSecond', prefillRate),
    ];
  });
}

function decodeRate({ tokenAtMs }: RunRepetition): number | null {
  const ms = (tokenAtMs.at(-1) ?? 0) - (tokenAtMs[0] ?? 0);
  return tokenAtMs.length < 2 || ms <= 0 ? null : ((tokenAtMs.length - 1) * 1000) / ms;
}

function prefillRate({ tokens, parts }: RunRepetition): number | null {
  if (tokens.image === null || tokens.text === null || !parts.prefillMs) return null;
  return ((tokens.image + tokens.text) * 1000) / parts.prefillMs;
}

function summarize(
  metric: RunSummary['metric'],
  context: number | null,
  values: readonly (number | null)[],
): RunSummary[] {
  const known = values.filter(value => value !== null).sort((one, other) => one - other);
  const middle = median(known);
  if (middle === null) return [];
  const [p10, p90] = [quantile(known, 0.1), quantile(known, 0.9)];
  return [{ metric, context, median: middle, p10, p90, n: known.length, warmUps: null }];
}
