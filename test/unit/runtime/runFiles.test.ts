import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatRunRecord } from '../../../src/profiling/runRecordFile';
import { RunFolders, readAnyRun, writeTrace } from '../../../src/runtime/runFiles';
import { exampleRun } from '../webview/profiling/exampleRun';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'runs-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, text: string) => writeFile(path.join(folder, name), text);

it('lists records, the latest first, and says why a file is none', async () => {
  const early = exampleRun({ id: 'early', name: 'early' });
  early.provenance.date = '2026-11-20T12:00:00.000Z';
  await put('early.json', formatRunRecord(early));
  await put('late.json', formatRunRecord(exampleRun({ id: 'late', name: 'late' })));
  await put('newer.json', '{"format": "autoneural-run", "version": 99}');
  await put('notes.txt', 'nothing');
  const { runs, broken } = await new RunFolders().list([folder, path.join(folder, 'missing')]);
  expect(runs.map(({ id }) => id)).toEqual(['late', 'early']);
  expect(runs[0]?.decodeTokensPerSecond).toBeGreaterThan(200);
  expect(broken).toEqual([
    { file: path.join(folder, 'newer.json'), reason: expect.stringMatching(/version 99/) },
  ]);
});

it('sees a file that was changed', async () => {
  const folders = new RunFolders();
  await put('a.json', formatRunRecord(exampleRun({ name: 'before' })));
  await folders.list([folder]);
  await put('a.json', formatRunRecord(exampleRun({ name: 'after' })));
  await utimes(path.join(folder, 'a.json'), 1, 1);
  expect((await folders.list([folder])).runs[0]?.name).toBe('after');
});

it('reads a record, and refuses what is none', async () => {
  await put('text.json', '{"a": 1}');
  await expect(readAnyRun(path.join(folder, 'text.json'))).rejects.toMatchObject({ kind: 'run-invalid' });
  await expect(readAnyRun(path.join(folder, 'gone.json'))).rejects.toMatchObject({ kind: 'file-missing' });
  await expect(readAnyRun(folder)).rejects.toMatchObject({ kind: 'file-missing' });
  const own = path.join(folder, 'own.json');
  await writeFile(own, formatRunRecord(exampleRun()));
  expect(await readAnyRun(own)).toMatchObject({ foreign: null, records: [{ id: 'run-a' }] });
});

it('says where a trace cannot be written', async () => {
  await mkdir(path.join(folder, 'taken'));
  await expect(writeTrace(path.join(folder, 'taken'), exampleRun())).rejects.toThrow(
    /EISDIR.*choose another place/,
  );
});
