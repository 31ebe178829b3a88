import * as v from 'valibot';
import { baseName, decodeSpeed } from './conventions';
import { linesOf, numberIn } from './delimited';
import { type FigureDraft, figure } from './figures';
import type { ForeignFile } from './foreignFile';
import { printable } from './foreignFile';
import type { JsonFormat, TextFormat } from './format';
import type { RunDraft } from './importedRecord';
import { amount, check, count, label, optional } from './readJson';

const runSchema = v.object({
  ttft_us: optional(amount),
  media_us: optional(amount),
  prompt_time_us: optional(amount),
  decode_time_us: optional(amount),
  prompt_tokens: optional(count),
  gen_tokens: optional(count),
  prefill_tps: optional(amount),
  decode_tps: optional(amount),
});
type BenchRun = v.InferOutput<typeof runSchema>;

const fileSchema = v.object({
  schema_version: label,
  cell_id: optional(label),
  plugin: label,
  device: optional(label),
  device_id: optional(label),
  model_path: optional(label),
  model_size_bytes: optional(count),
  qairt_version: optional(label),
  llama_cpp_version: optional(label),
  params: optional(
    v.object({
      warmup: optional(count),
      repetitions: optional(count),
      n_gen: optional(count),
      n_ctx: optional(count),
      n_threads: optional(count),
    }),
  ),
  runs: v.array(runSchema),
});
type Bench = v.InferOutput<typeof fileSchema>;

/**
 * The result of `geniex-bench --output-json`, versions 2 to 4. Source: write_json in sdk/benchmark/benchmark.c of
 * qualcomm/GenieX (August 2026), which gives every repetition after the warm-ups.
 */
export const geniexFormat: JsonFormat = {
  id: 'geniex-bench',
  label: 'a result of geniex-bench',
  recognises: value => v.is(v.object({ plugin: v.string(), runs: v.array(v.unknown()) }), value),
  read: (file, value) => [draftOf(check(file, 'a result of geniex-bench', fileSchema, value))],
};

function draftOf(bench: Bench): RunDraft {
  const { plugin, device, device_id: deviceId, params, runs } = bench;
  const versions = Object.entries({ qairt: bench.qairt_version, 'llama.cpp': bench.llama_cpp_version });
  return {
    program: `geniex-bench, schema ${bench.schema_version}`,
    model: { name: baseName(bench.model_path) },
    versions: Object.fromEntries(versions.filter((entry): entry is [string, string] => Boolean(entry[1]))),
    target: { id: deviceId, label: [plugin, device].filter(Boolean).join(' ') },
    // 0 leaves the choice to the engine.
    threads: params?.n_threads || null,
    settings: { repetitions: runs.length, warmUps: params?.warmup ?? null, tokens: params?.n_gen ?? null },
    figures: [...figuresOf(runs, params?.warmup ?? null, bench.model_size_bytes)],
    notes: [
      'Decode speed is computed without the first token; decode_tps is what geniex-bench states.',
      ...(runs.some(run => run.media_us)
        ? ['Media time stands for the encoding of the picture; prompt tokens contain those of the picture.']
        : []),
      ...(plugin === 'qairt'
        ? ['With QAIRT, prompt tokens and prefill speed count the padding to 128 tokens.']
        : []),
    ],
  };
}

function* figuresOf(
  runs: readonly BenchRun[],
  warmUps: number | null,
  modelBytes: number | null,
): Generator<FigureDraft> {
  const list = (read: (run: BenchRun) => number | null) => runs.map(read).filter(value => value !== null);
  const ms = (name: 'ttft_us' | 'media_us' | 'prompt_time_us' | 'decode_time_us') =>
    list(run => (run[name] === null ? null : run[name] / 1000));
  const media = ms('media_us');
  const candidates = [
    { name: 'ttft', unit: 'ms', metric: 'ttftMs', values: ms('ttft_us') },
    // A run of text alone has 0 here, which is no measurement.
    { name: 'media', unit: 'ms', metric: 'encodeMs', values: media.some(value => value > 0) ? media : [] },
    { name: 'prompt_time', unit: 'ms', metric: 'prefillMs', values: ms('prompt_time_us') },
    { name: 'decode_time', unit: 'ms', metric: undefined, values: ms('decode_time_us') },
    {
      name: 'prefill_tps',
      unit: 'tok/s',
      metric: 'prefillTokensPerSecond',
      values: list(run => run.prefill_tps),
    },
    { name: 'decode_tps', unit: 'tok/s', metric: undefined, values: list(run => run.decode_tps) },
    { name: 'decode', unit: 'tok/s', metric: 'decodeTokensPerSecond', values: list(decodeOf) },
    { name: 'prompt_tokens', unit: 'count', metric: undefined, values: list(run => run.prompt_tokens) },
    { name: 'gen_tokens', unit: 'count', metric: undefined, values: list(run => run.gen_tokens) },
    { name: 'model size', unit: 'bytes', metric: undefined, values: modelBytes ? [modelBytes] : [] },
  ] as const;
  for (const { values, ...facts } of candidates)
    if (values.length > 0) yield figure({ ...facts, values, warmUps });
}

function decodeOf({ gen_tokens: tokens, decode_time_us: us }: BenchRun): number | null {
  return decodeSpeed(tokens, us === null ? null : us / 1000);
}

const cell =
  /^\[ok {2}\] (.{1,200}?) {1,2}plugin=(\S{1,60}) device=(\S{1,60}).{0,40}? ttft=([\d.]+)ms prefill=([\d.]+)tps decode=([\d.]+)tps gen=(\d+) tok$/;

/** What `geniex-bench` prints: one line for every cell of its matrix, medians only. Source: print_summary there. */
export const geniexTextFormat: TextFormat = {
  id: 'geniex-bench-text',
  label: 'the output of geniex-bench',
  recognises: head => /^\[ok {2}\] .{1,400} ttft=[\d.]+ms /m.test(head),
  read: file => [...cellsOf(file)],
};

function* cellsOf(file: ForeignFile): Generator<RunDraft> {
  for (const line of linesOf(file.text)) {
    const [, title, plugin, device, ttft, prefill, decode, tokens] = cell.exec(line.slice(0, 600)) ?? [];
    if (title === undefined) continue;
    const stated = (text: string | undefined) => ({ median: numberIn(text ?? '') });
    yield {
      title: printable(title),
      program: 'geniex-bench',
      target: { label: printable(`${plugin} ${device}`) },
      settings: { tokens: numberIn(tokens ?? '') },
      figures: [
        figure({ name: 'ttft', unit: 'ms', metric: 'ttftMs', stated: stated(ttft) }),
        figure({ name: 'prefill', unit: 'tok/s', metric: 'prefillTokensPerSecond', stated: stated(prefill) }),
        figure({ name: 'decode_tps', unit: 'tok/s', stated: stated(decode) }),
        ...withoutFirstToken(numberIn(decode ?? ''), numberIn(tokens ?? '')),
      ],
      notes: [
        'The file has medians only. Decode speed is computed without the first token; decode_tps is what geniex-bench states.',
      ],
    };
  }
}

/** geniex-bench divides all tokens by the time from the first to the last. */
function withoutFirstToken(speed: number | null, tokens: number | null): FigureDraft[] {
  if (speed === null || tokens === null || tokens < 2) return [];
  const median = (speed * (tokens - 1)) / tokens;
  return [figure({ name: 'decode', unit: 'tok/s', metric: 'decodeTokensPerSecond', stated: { median } })];
}
