import type { RunMetric } from '../../protocol/runRecord';
import { baseName } from './conventions';
import { numberIn } from './delimited';
import { type FigureDraft, figure } from './figures';
import type { ForeignFile } from './foreignFile';
import type { RunDraft } from './importedRecord';

/** One test of llama-bench: tokens read, tokens written, and what stood in the cache before. */
export interface LlamaTest {
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly depth: number;
  /** Tokens a second of every repetition; empty where the file has mean and deviation only. */
  readonly speeds: readonly number[];
  readonly mean: number | null;
  readonly stdev: number | null;
  /** ISO 8601 in UTC, or null. */
  readonly date: string | null;
  /** All other columns: what the test ran with. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A run is the tests with one setting; a file that sweeps threads or models holds several. */
const maxRuns = 200;

/** Makes runs of tests. @throws {StudioError} `run-invalid` */
export function draftsOfLlama(
  file: ForeignFile,
  tests: readonly LlamaTest[],
  build: string | null,
): RunDraft[] {
  const runs = new Map<string, LlamaTest[]>();
  for (const test of tests) {
    const key = JSON.stringify([...test.settings]);
    const run = runs.get(key);
    if (run === undefined) runs.set(key, [test]);
    else run.push(test);
  }
  if (runs.size > maxRuns) throw file.invalid(`holds more than ${maxRuns} settings`, 'split it');
  const groups = [...runs.values()];
  const varied = variedSettings(groups.map(([first]) => first?.settings ?? new Map()));
  return groups.map(group => draftOf(group, varied, build));
}

/** Settings that are not the same in all runs; those are what their names have to tell. */
function variedSettings(runs: readonly ReadonlyMap<string, string>[]): string[] {
  const names = new Set(runs.flatMap(run => [...run.keys()]));
  return [...names].filter(name => new Set(runs.map(run => run.get(name))).size > 1);
}

function draftOf(tests: readonly LlamaTest[], varied: readonly string[], build: string | null): RunDraft {
  const settings = tests[0]?.settings ?? new Map<string, string>();
  const get = (name: string) => settings.get(name) || null;
  const title = varied.map(name => `${name} ${settings.get(name) ?? 'not told'}`).join(', ');
  const commit = build ?? buildOf(get('build_number'), get('build_commit'));
  const targets = [get('backends') ?? get('backend'), get('gpu_info')].filter(Boolean);
  const model = baseName(get('model_filename')) ?? get('model_type') ?? get('model');
  return {
    ...(title === '' ? {} : { title }),
    program: 'llama-bench',
    date: tests[0]?.date ?? null,
    model: { name: model, parameters: countIn(get('model_n_params')) },
    versions: commit === null ? {} : { 'llama.cpp': commit },
    target: { label: targets.length === 0 ? null : targets.join(', ') },
    device: { processor: get('cpu_info') },
    threads: countIn(get('n_threads') ?? get('threads')),
    settings: { contexts: [...new Set(tests.map(contextOf))].sort((a, b) => a - b) },
    figures: tests.map(figureOf),
    notes: [
      'llama-bench reads random tokens and does not sample; it has no picture and no time to first token.',
    ],
    reasons: { precision: 'llama-bench tells the quantization in the name of the model only.' },
  };
}

/** Names and metrics of tests as in llama-bench's tables: `pp512`, `tg128 @ d512`, `pp512+tg128`. */
function figureOf(test: LlamaTest): FigureDraft {
  const { promptTokens, generatedTokens, depth, speeds, mean, stdev } = test;
  const parts = [
    promptTokens > 0 ? `pp${promptTokens}` : '',
    generatedTokens > 0 ? `tg${generatedTokens}` : '',
  ];
  const name = `${parts.filter(Boolean).join('+') || 'nothing'}${depth > 0 ? ` @ d${depth}` : ''}`;
  return figure({
    name,
    unit: 'tok/s',
    metric: metricOf(test),
    context: contextOf(test),
    values: speeds,
    stated: { mean, stdev },
  });
}

function contextOf({ promptTokens, depth }: LlamaTest): number {
  return promptTokens + depth;
}

/** Prefill on top of a filled cache, and both at once, are none of the metrics. */
function metricOf({ promptTokens, generatedTokens, depth }: LlamaTest): RunMetric | undefined {
  if (promptTokens === 0 && generatedTokens > 0) return 'decodeTokensPerSecond';
  return generatedTokens === 0 && promptTokens > 0 && depth === 0 ? 'prefillTokensPerSecond' : undefined;
}

function buildOf(number: string | null, commit: string | null): string | null {
  if (number === null && commit === null) return null;
  return [number, commit === null ? null : `(${commit})`].filter(Boolean).join(' ');
}

function countIn(text: string | null): number | null {
  const value = text === null ? null : numberIn(text);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}
