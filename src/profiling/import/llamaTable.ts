import { linesOf, numberIn } from './delimited';
import { type ForeignFile, printable } from './foreignFile';
import type { TextFormat } from './format';
import type { RunDraft } from './importedRecord';
import { draftsOfLlama, type LlamaTest } from './llamaBench';

const maxTests = 10_000;
const maxColumns = 64;

/**
 * The table that `llama-bench` prints by default (`-o md`), alone or within other text: a mean, a deviation, and the
 * columns that differ from the defaults. Source: tools/llama-bench/README.md of ggml-org/llama.cpp; older versions write
 * `pp 512` for `pp512`.
 */
export const llamaTableFormat: TextFormat = {
  id: 'llama-bench-md',
  label: 'a table of llama-bench',
  recognises: head => {
    for (const line of linesOf(head)) if (isHeader(cellsIn(line) ?? [])) return true;
    return false;
  },
  read,
};

function isHeader(cells: readonly string[]): boolean {
  return cells.includes('model') && cells.includes('test') && cells.includes('t/s');
}

/** Cells of a row of a table; null for other lines. */
function cellsIn(line: string): string[] | null {
  const trimmed = line.slice(0, 4096).trim();
  if (!trimmed.startsWith('|') || !trimmed.endsWith('|') || trimmed.length < 3) return null;
  return trimmed
    .slice(1, -1)
    .split('|', maxColumns)
    .map(cell => cell.trim());
}

function read(file: ForeignFile): RunDraft[] {
  const tests: LlamaTest[] = [];
  let header: string[] | null = null;
  let build: string | null = null;
  for (const line of linesOf(file.text)) {
    const cells = cellsIn(line);
    if (cells !== null && isHeader(cells)) header = cells;
    else if (header !== null && cells !== null) {
      if (cells.every(cell => /^:?-+:?$/.test(cell))) continue;
      if (tests.length >= maxTests) throw file.invalid(`holds more than ${maxTests} tests`, 'split it');
      tests.push(testOf(file, header, cells, tests.length + 1));
    } else build ??= buildIn(line);
  }
  return draftsOfLlama(file, tests, build);
}

/** `build: 8cf427ff (5163)` below the table. */
function buildIn(line: string): string | null {
  const [, commit, number] = /^build: ([0-9a-f]{4,40}) \((\d{1,9})\)/.exec(line.slice(0, 100)) ?? [];
  return commit === undefined ? null : `${number} (${commit})`;
}

function testOf(
  file: ForeignFile,
  header: readonly string[],
  cells: readonly string[],
  row: number,
): LlamaTest {
  const get = (name: string) => cells[header.indexOf(name)] ?? '';
  const [, prompt, generated, depth] =
    /^(?:pp ?(\d{1,9}))?\+?(?:tg ?(\d{1,9}))?(?: @ d(\d{1,9}))?$/.exec(get('test')) ?? [];
  const [mean, stdev] = get('t/s').split('±', 2).map(numberIn);
  if ((prompt === undefined && generated === undefined) || mean === null || mean === undefined)
    throw file.invalid(
      `has "${printable(get('test'), 40)}" and "${printable(get('t/s'), 40)}" in row ${row} of its table, where llama-bench writes a test and its speed`,
    );
  const settings = header
    .map((name, place) => [printable(name, 60), printable(cells[place] ?? '')] as const)
    .filter(([name]) => name !== 'test' && name !== 't/s');
  return {
    promptTokens: Number(prompt ?? 0),
    generatedTokens: Number(generated ?? 0),
    depth: Number(depth ?? 0),
    speeds: [],
    mean,
    stdev: stdev ?? null,
    date: null,
    settings: new Map(settings),
  };
}
