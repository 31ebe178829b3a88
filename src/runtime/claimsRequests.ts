import * as v from 'valibot';
import { type CancellationToken, type Connection, ProgressType } from 'vscode-languageserver/node';
import { readClaimsReport, writeClaimsReport } from '../profiling/claims/reportFile';
import {
  type ClaimsCostOutcome,
  type ClaimsEvent,
  type ClaimsOutcome,
  claimsCostParamsSchema,
  measureClaimsParamsSchema,
  claimsMethods as methods,
  readClaimsParamsSchema,
  writeClaimsParamsSchema,
} from '../protocol/claimsRun';
import type { WrittenOutcome } from '../protocol/runFiles';
import type { ClaimsRuns } from './claimsRuns';
import { outcomeOf, signalOf, wrongParams } from './requests';

const claimsProgress = new ProgressType<ClaimsEvent>();

/** Answers the requests of `claimsMethods`. @param runs asked for with each request */
export function answerClaimsRequests(connection: Connection, runs: () => ClaimsRuns): void {
  connection.onRequest(
    methods.measure,
    async (raw: unknown, token: CancellationToken): Promise<ClaimsOutcome> => {
      const parsed = v.safeParse(measureClaimsParamsSchema, raw);
      if (!parsed.success) return { ok: false, failure: wrongParams(methods.measure, parsed.issues) };
      const { progressToken, ...params } = parsed.output;
      const onEvent = (event: ClaimsEvent) =>
        // What cannot be delivered has nobody left to read it.
        void connection.sendProgress(claimsProgress, progressToken, event).catch(() => undefined);
      return runs().measure(params, onEvent, signalOf(token));
    },
  );
  connection.onRequest(
    methods.cost,
    async (raw: unknown, token: CancellationToken): Promise<ClaimsCostOutcome> => {
      const params = v.safeParse(claimsCostParamsSchema, raw);
      if (!params.success) return { ok: false, failure: wrongParams(methods.cost, params.issues) };
      return runs().cost(params.output, signalOf(token));
    },
  );
  connection.onRequest(methods.read, async (raw: unknown): Promise<ClaimsOutcome> => {
    const params = v.safeParse(readClaimsParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.read, params.issues) };
    return outcomeOf(async () => ({ ok: true, report: await readClaimsReport(params.output.file) }));
  });
  connection.onRequest(methods.write, async (raw: unknown): Promise<WrittenOutcome> => {
    const params = v.safeParse(writeClaimsParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.write, params.issues) };
    return outcomeOf(async () => {
      await writeClaimsReport(params.output.file, params.output.report);
      return { ok: true };
    });
  });
}
