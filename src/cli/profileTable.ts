import { summaryAt } from '../profiling/summaries';
import type { RunMetric, RunOperator, RunRecord } from '../protocol/runRecord';

const rows: readonly [metric: RunMetric, label: string][] = [
  ['ttftMs', 'time to first token, ms'],
  ['decodeImageMs', '  decode picture'],
  ['resizeMs', '  resize'],
  ['encodeMs', '  encode'],
  ['projectMs', '  project'],
  ['prefillMs', '  prefill'],
  ['overheadMs', '  rest'],
  ['prefillTokensPerSecond', 'prefill, tok/s'],
  ['decodeTokensPerSecond', 'decode, tok/s'],
  ['tokenGapMs', 'gap between tokens, ms'],
];

/** Operators that are shown; the record has all. */
const shownOperators = 10;

/** A run for a reader: what was measured where, medians with tails, operators, and what is not there and why. */
export function profileTable(run: RunRecord): string {
  const sections = [
    provenance(run),
    loads(run),
    ...contextsOf(run).map(context => contextSection(run, context)),
    operators(run),
    remarks(run),
  ];
  return sections.filter(section => section !== '').join('\n');
}

function provenance({ provenance, settings, statusReason }: RunRecord): string {
  const { model, device, target, versions } = provenance;
  const kind = provenance.kind === 'simulation' ? 'simulation of the NPU, timed' : 'measured';
  const runtime = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `${model.name}, ${provenance.precision}: ${kind} on ${target.label}, ${counted(provenance.threads, 'thread')}`,
    `${device.processor}, ${counted(device.cores, 'core')}; ${runtime.join(', ')}`,
    `${counted(settings.repetitions, 'prompt')} after ${counted(settings.warmUps, 'warm-up')}, ${settings.tokens} tokens each`,
    ...(statusReason === null ? [] : [statusReason]),
  ];
  return `${lines.join('\n')}\n`;
}

function loads({ loads, peakRssBytes, samples }: RunRecord): string {
  const times = loads.map(
    ({ kind, ms, derived }) => `${kind} ${ms.toFixed(0)} ms${derived ? ', graphs derived first' : ''}`,
  );
  const cache = Math.max(0, ...samples.map(({ cacheBytes }) => cacheBytes ?? 0));
  const peak = peakRssBytes === null ? '' : `peak memory ${mebibytes(peakRssBytes)}, `;
  return `load: ${times.join('; ') || 'not measured'}\n${peak}cache at most ${mebibytes(cache)}\n`;
}

function contextsOf({ summaries }: RunRecord): (number | null)[] {
  return [...new Set(summaries.map(({ context }) => context))];
}

function contextSection(run: RunRecord, context: number | null): string {
  const prompt = run.repetitions.find(each => each.context === context && each.tokens.text !== null);
  const { image, text } = prompt?.tokens ?? { image: null, text: null };
  const title = context === null ? 'the prompt as it is' : `context ${context.toLocaleString('en-US')}`;
  const columns = ['median', 'p10', 'p90'].map(name => name.padStart(9)).join('');
  const lines = [`${`${title}: ${image} + ${text} tokens`.padEnd(42)}${columns}       n`];
  for (const [metric, label] of rows) {
    const summary = summaryAt(run, metric, context);
    if (summary === undefined) continue;
    const { median, p10, p90, n } = summary;
    const figures = [median, p10, p90].map(value => figure(value).padStart(9));
    lines.push(`${label.padEnd(42)}${figures.join('')}${String(n).padStart(8)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Four or more digits are enough without decimals. */
function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(value >= 1000 ? 0 : 2);
}

function operators({ operatorPass }: RunRecord): string {
  if (operatorPass === null) return '';
  const timed = operatorPass.operators;
  const total = timed.reduce((sum, { timeUs }) => sum + (timeUs ?? 0), 0);
  const slowest = timed.toSorted((a, b) => (b.timeUs ?? 0) - (a.timeUs ?? 0)).slice(0, shownOperators);
  const title = `operators of ${operatorPass.prompts} other prompts, ${operatorPass.tokens} tokens; ran on ${placement(timed, total)}`;
  const width = Math.max(...slowest.map(({ layer, op }) => layer.length + (op?.length ?? 0) + 3));
  const lines = slowest.map(({ stage, layer, op, timeUs, calls }) => {
    const time = timeUs ?? 0;
    const share = `${((100 * time) / total).toFixed(1)} %`;
    return `${(stage ?? '').padEnd(8)}${`${layer} (${op})`.padEnd(width)}${(time / 1000).toFixed(2).padStart(9)} ms${share.padStart(8)}${String(calls).padStart(6)} calls`;
  });
  return `${[title, ...lines].join('\n')}\n`;
}

/** Which provider ran which share of the time. */
function placement(timed: readonly RunOperator[], total: number): string {
  const shares = new Map<string, number>();
  for (const { provider, timeUs } of timed) {
    const name = provider ?? 'unknown';
    shares.set(name, (shares.get(name) ?? 0) + (timeUs ?? 0) / total);
  }
  return [...shares].map(([name, share]) => `${name} ${(100 * share).toFixed(1)} %`).join(', ');
}

function remarks({ unmeasured, notes }: RunRecord): string {
  const missing = unmeasured.map(({ what, reason }) => `not measured: ${what}. ${reason}`);
  return `${[...missing, ...notes.map(note => `note: ${note}`)].join('\n')}\n`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function counted(number: number | null, noun: string): string {
  return `${number ?? 'unknown'} ${noun}${number === 1 ? '' : 's'}`;
}
