import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { importRun } from '../../../../src/profiling/import/importRun';
import { csvOf } from '../../../../webview-ui/profiling/model/csv';
import { fileFiguresOf, hasContent } from '../../../../webview-ui/profiling/model/fileFigures';
import { root } from '../../engine/nano';
import { exampleRun } from './exampleRun';

/** The runs of a file of another program, as the panel shows them. */
function runsOf(name: string) {
  const bytes = readFileSync(path.join(root, 'test/fixtures/foreign-runs', name));
  return importRun(name, bytes).records.map(record => ({ name: record.name, record }));
}

describe('the figures of an imported file', () => {
  it('stand under the names and units of the program that measured, empty columns left out', () => {
    const [table] = fileFiguresOf(runsOf('qnn-events.csv'));
    expect(table?.heads.slice(0, 2)).toEqual(['Figure', 'unit']);
    expect(table?.heads).toContain('first call');
    expect(table?.heads).not.toContain('context');
    const row = table?.rows.find(([name]) => name === 'Accelerator (execute) time');
    expect(row?.slice(0, 4)).toEqual(['Accelerator (execute) time', 'ms', '1.800', '1.050']);
    const steady = table?.rows.find(([name]) => name === 'QNN (load binary) time');
    expect(steady?.[3]).toBe('9.120');
    expect(table?.rows.find(([name]) => name === 'Number of HVX threads used')?.[3]).toBe('4');
    for (const cells of table?.rows ?? []) expect(cells).toHaveLength(table?.heads.length ?? 0);
  });

  it('are told apart by run where a file holds several', () => {
    const tables = fileFiguresOf(runsOf('llama-bench.json'));
    expect(tables).toHaveLength(2);
    expect(new Set(tables.map(({ id }) => id)).size).toBe(2);
  });

  it('are enough for a run to be shown; a run of our own has none', () => {
    const [imported] = runsOf('llama-bench.json');
    expect(imported && hasContent(imported.record)).toBe(true);
    const own = exampleRun();
    expect(fileFiguresOf([{ name: 'a', record: own }])).toEqual([]);
    const bare = { repetitions: [], samples: [], summaries: [], operatorPass: null };
    expect(hasContent({ ...own, ...bare })).toBe(false);
  });

  it('are in the exported table, each with its unit', () => {
    const csv = csvOf(runsOf('qnn-events.csv'));
    expect(csv).toContain('figure of the file,,,Accelerator (execute) time first call,');
    expect(csv).toMatch(/Accelerator \(execute\) time median,\d*,,1\.05,ms,/);
  });
});
