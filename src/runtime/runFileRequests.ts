import * as v from 'valibot';
import type { Connection } from 'vscode-languageserver/node';
import { gateRun } from '../profiling/regression';
import { readRunRecord, writeRunRecord } from '../profiling/runRecordFile';
import {
  type ListRunsOutcome,
  listRunsParamsSchema,
  runFileMethods as methods,
  type ReadRunOutcome,
  readRunParamsSchema,
  traceRunParamsSchema,
  type WrittenOutcome,
  writeRunParamsSchema,
} from '../protocol/runFiles';
import { type GateOutcome, gateRunMethod, gateRunParamsSchema } from '../protocol/runGate';
import { outcomeOf, wrongParams } from './requests';
import { RunFolders, readAnyRun, writeTrace } from './runFiles';

/** Answers the requests of `runFileMethods`, and `gateRunMethod`. */
export function answerRunFileRequests(connection: Connection): void {
  const folders = new RunFolders();
  connection.onRequest(methods.list, async (raw: unknown): Promise<ListRunsOutcome> => {
    const params = v.safeParse(listRunsParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.list, params.issues) };
    return outcomeOf(() => folders.list(params.output.folders));
  });
  connection.onRequest(methods.read, async (raw: unknown): Promise<ReadRunOutcome> => {
    const params = v.safeParse(readRunParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.read, params.issues) };
    return outcomeOf(() => readAnyRun(params.output.file));
  });
  connection.onRequest(methods.write, async (raw: unknown): Promise<WrittenOutcome> => {
    const params = v.safeParse(writeRunParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.write, params.issues) };
    return outcomeOf(async () => {
      await writeRunRecord(params.output.file, params.output.record);
      return { ok: true };
    });
  });
  connection.onRequest(methods.trace, async (raw: unknown): Promise<WrittenOutcome> => {
    const params = v.safeParse(traceRunParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.trace, params.issues) };
    return outcomeOf(async () => {
      await writeTrace(params.output.file, params.output.record);
      return { ok: true };
    });
  });
  connection.onRequest(gateRunMethod, async (raw: unknown): Promise<GateOutcome> => {
    const params = v.safeParse(gateRunParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(gateRunMethod, params.issues) };
    return outcomeOf(async () => {
      const { run, baseline, maxRegression } = params.output;
      const gate = gateRun(await readRunRecord(run), await readRunRecord(baseline), maxRegression);
      return { ok: true, regressed: gate.failed.length > 0, sentence: gate.sentence };
    });
  });
}
