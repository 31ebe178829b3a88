import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRunRecord } from '../../profiling/runRecordFile';
import { chromeTrace } from '../../profiling/trace/chromeTrace';
import { StudioError } from '../../protocol/failure';
import type { Command, Given, Terminal } from '../command';

/** Turns a kept run into a trace. */
export const profileTraceCommand: Command = {
  name: 'profile trace',
  summary: 'turn a run record into a trace for Perfetto',
  arguments: ['RUN'],
  options: {
    out: { placeholder: 'FILE', description: 'writes the trace there; without it to standard output' },
  },
  notes: [
    'RUN is a run record, from "profile --json" or "profile import --out". The trace opens in ui.perfetto.dev and chrome://tracing.',
  ],
  run: runTrace,
};

async function runTrace(given: Given, terminal: Terminal): Promise<void> {
  const trace = chromeTrace(await readRunRecord(path.resolve(given.positionals[0] ?? '')));
  const out = given.values.get('out');
  if (out === undefined) {
    terminal.stdout.write(trace);
    return;
  }
  await writeFile(out, trace).catch((error: NodeJS.ErrnoException) => {
    const message = `The trace cannot be written to ${out} (${error.code ?? 'unknown reason'}): name another file.`;
    throw new StudioError('internal', message, { cause: error });
  });
  terminal.stderr.write(`wrote ${out}; open it in ui.perfetto.dev\n`);
}
