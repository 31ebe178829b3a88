import * as v from 'valibot';
import { linesOf, numberIn, splitCells } from './delimited';
import type { ForeignFile } from './foreignFile';
import { printable } from './foreignFile';
import type { JsonFormat, TextFormat } from './format';
import type { RunDraft } from './importedRecord';
import { draftsOfLlama, type LlamaTest } from './llamaBench';
import { amount, check, count, parseJson } from './readJson';

const maxTests = 10_000;
const format = 'a result of llama-bench';

const testSchema = v.looseObject({
  n_prompt: count,
  n_gen: count,
  n_depth: v.nullish(count, 0),
  avg_ts: amount,
  stddev_ts: v.nullish(amount, null),
  samples_ts: v.nullish(v.pipe(v.array(amount), v.maxLength(100_000)), []),
  test_time: v.nullish(v.string(), null),
});
const testsSchema = v.pipe(v.array(testSchema), v.maxLength(maxTests));
type JsonTest = v.InferOutput<typeof testSchema>;

/** What differs from test to test and is no setting. */
const measured = new Set([
  'n_prompt',
  'n_gen',
  'n_depth',
  'test_time',
  'avg_ns',
  'stddev_ns',
  'avg_ts',
  'stddev_ts',
  'samples_ns',
  'samples_ts',
]);

const looksAlike = v.looseObject({ n_prompt: v.unknown(), n_gen: v.unknown(), avg_ts: v.unknown() });

/**
 * `llama-bench -o json`: a list of tests with every repetition. Sources: tools/llama-bench/README.md and
 * llama-bench.cpp of ggml-org/llama.cpp.
 */
export const llamaJsonFormat: JsonFormat = {
  id: 'llama-bench-json',
  label: format,
  recognises: value => Array.isArray(value) && v.is(looksAlike, value[0]),
  read: (file, value) => draftsOfLlama(file, check(file, format, testsSchema, value).map(testOf), null),
};

/** `llama-bench -o jsonl`: the same objects, one a line. Lines of a log among them are passed over. */
export const llamaJsonlFormat: TextFormat = {
  id: 'llama-bench-jsonl',
  label: format,
  recognises: head => /^[ \t]*\{.*"avg_ts"[ \t]*:/m.test(head),
  read: file => {
    const values: unknown[] = [];
    for (const line of linesOf(file.text)) {
      if (line.trimStart().startsWith('{')) values.push(parseJson(file, line));
      if (values.length > maxTests) break;
    }
    return draftsOfLlama(file, check(file, format, testsSchema, values).map(testOf), null);
  },
};

/** `llama-bench -o csv`: means and deviations only. */
export const llamaCsvFormat: TextFormat = {
  id: 'llama-bench-csv',
  label: format,
  recognises: head => csvHeader(head) !== null,
  read: readCsv,
};

function testOf(test: JsonTest): LlamaTest {
  return {
    promptTokens: test.n_prompt,
    generatedTokens: test.n_gen,
    depth: test.n_depth,
    speeds: test.samples_ts,
    mean: test.avg_ts,
    stdev: test.stddev_ts,
    date: dateIn(test.test_time),
    settings: settingsOf(Object.entries(test)),
  };
}

/** Every column that is a setting, as short text. */
function settingsOf(entries: Iterable<readonly [string, unknown]>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of entries) {
    const simple = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (simple && !measured.has(name) && settings.size < 100)
      settings.set(printable(name, 60), printable(`${value}`));
  }
  return settings;
}

function csvHeader(text: string): string[] | null {
  const [line = ''] = linesOf(text.slice(0, 65_536));
  const cells = splitCells(line).map(cell => cell.trim());
  return ['n_prompt', 'n_gen', 'avg_ts'].every(name => cells.includes(name)) ? cells : null;
}

function readCsv(file: ForeignFile): RunDraft[] {
  const header = csvHeader(file.text) ?? [];
  const tests: LlamaTest[] = [];
  let row = -1;
  for (const line of linesOf(file.text)) {
    if (++row === 0) continue;
    if (tests.length >= maxTests) throw file.invalid(`holds more than ${maxTests} tests`, 'split it');
    const cells = splitCells(line);
    if (cells.length !== header.length)
      throw file.invalid(`has ${cells.length} cells in row ${row} and ${header.length} in its header`);
    tests.push(csvTest(file, new Map(header.map((name, place) => [name, cells[place] ?? ''])), row));
  }
  return draftsOfLlama(file, tests, null);
}

function csvTest(file: ForeignFile, cells: ReadonlyMap<string, string>, row: number): LlamaTest {
  const needed = (name: string): number => {
    const value = numberIn(cells.get(name) ?? '');
    if (value !== null) return value;
    throw file.invalid(`gives "${printable(cells.get(name) ?? '', 40)}" as ${name} in row ${row}`);
  };
  const tokens = (name: string): number => {
    const value = needed(name);
    if (Number.isSafeInteger(value)) return value;
    throw file.invalid(`gives a fraction of a token as ${name} in row ${row}`);
  };
  return {
    promptTokens: tokens('n_prompt'),
    generatedTokens: tokens('n_gen'),
    depth: cells.has('n_depth') ? tokens('n_depth') : 0,
    speeds: [],
    mean: needed('avg_ts'),
    stdev: numberIn(cells.get('stddev_ts') ?? ''),
    date: dateIn(cells.get('test_time') ?? null),
    settings: settingsOf(cells),
  };
}

/** llama-bench writes UTC without fractions. */
function dateIn(text: string | null): string | null {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
  if (text === null || !form.test(text)) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
