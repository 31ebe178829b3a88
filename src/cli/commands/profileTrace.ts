import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRunRecord } from '../../profiling/runRecordFile';
import { chromeTrace } from '../../profiling/trace/chromeTrace';
import { StudioError } from '../../protocol/failure';
import type { Command, Given, Terminal } from '../command';

/** Turns a kept run into a trace. */
export const profileTraceCommand: Command = {
  name: 'profile trace',
  summary: 'turn a run record into a trace in the Trace Event Format (Chrome, Perfetto)',
  arguments: ['RUN'],
  options: {
    out: { placeholder: 'FILE', description: 'writes the trace there; without it to standard output' },
  },
  notes: [
    'RUN is a run record, from "profile --json" or "profile import --out". The trace is JSON in the Trace Event Format, which\nchrome://tracing and ui.perfetto.dev read. It was tried with the importer of the former (Catapult), not with Perfetto itself.',
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
  terminal.stderr.write(`wrote ${out}; open it in chrome://tracing or ui.perfetto.dev\n`);
}
