import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { importRun } from '../../profiling/import/importRun';
import { writeRunRecord } from '../../profiling/runRecordFile';
import { StudioError } from '../../protocol/failure';
import { maxRunFileBytes } from '../../protocol/runRecord';
import type { Command, Given, Terminal } from '../command';
import { importedTable } from '../importedTable';

/** Takes over what another program measured. */
export const profileImportCommand: Command = {
  name: 'profile import',
  summary: 'show or keep what another program measured, labelled as imported',
  arguments: ['FILE'],
  options: {
    json: { description: 'the run records as JSON' },
    out: { placeholder: 'FOLDER', description: 'keeps each run there as a record, e.g. in .autoneural/runs' },
  },
  notes: [
    'FILE is told by its content: a profile of ONNX Runtime, events of QNN (CSV, JSON), an optrace or analysis summary of the HTP,\na profile of Genie or Qualcomm AI Hub, a result of geniex-bench or llama-bench.',
    'A file that goes through several settings, such as numbers of threads, gives a run for each.',
  ],
  run: runImport,
};

async function runImport(given: Given, terminal: Terminal): Promise<void> {
  const file = path.resolve(given.positionals[0] ?? '');
  const { records, label } = importRun(path.basename(file), await readForeign(file));
  const folder = given.values.get('out');
  if (folder !== undefined) {
    for (const record of records) {
      const kept = path.join(path.resolve(folder), `${record.id}.json`);
      await writeRunRecord(kept, record);
      terminal.stderr.write(`kept ${path.relative(process.cwd(), kept)}\n`);
    }
  }
  if (given.flags.has('json')) terminal.stdout.write(`${JSON.stringify(records, null, 2)}\n`);
  else {
    const runs = records.length === 1 ? 'one run' : `${records.length} runs`;
    terminal.stdout.write(`${path.basename(file)} is ${label} with ${runs}.\n\n`);
    terminal.stdout.write(records.map(importedTable).join('\n'));
  }
}

/** @throws {StudioError} `file-missing`, or `run-invalid` when it is too large to be read */
async function readForeign(file: string): Promise<Buffer> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) {
    const problem = found === null ? `There is no file at ${file}` : `${file} is not a file`;
    throw new StudioError('file-missing', `${problem}: name what the other program wrote.`);
  }
  if (found.size > maxRunFileBytes) {
    const sizes = `${Math.ceil(found.size / 2 ** 20)} MiB, and ${maxRunFileBytes / 2 ** 20} MiB can be read`;
    throw new StudioError('run-invalid', `${path.basename(file)} has ${sizes}; measure fewer repetitions.`);
  }
  return readFile(file).catch((error: unknown) => {
    const message = `${file} cannot be read: check its permissions.`;
    throw new StudioError('file-missing', message, { cause: error });
  });
}
