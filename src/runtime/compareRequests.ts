import * as v from 'valibot';
import { type CancellationToken, type Connection, ProgressType } from 'vscode-languageserver/node';
import {
  type CompareEvent,
  type CompareOutcome,
  compareParamsSchema,
  compareMethod as method,
} from '../protocol/compare';
import type { Comparisons } from './comparisons';
import { signalOf, wrongParams } from './requests';

const compareProgress = new ProgressType<CompareEvent>();

/** Answers the request `autoneural/compare`. @param comparisons asked for with each request */
export function answerCompareRequests(connection: Connection, comparisons: () => Comparisons): void {
  connection.onRequest(method, async (raw: unknown, token: CancellationToken): Promise<CompareOutcome> => {
    const parsed = v.safeParse(compareParamsSchema, raw);
    if (!parsed.success) return { ok: false, failure: wrongParams(method, parsed.issues) };
    const { progressToken, ...params } = parsed.output;
    const onEvent = (event: CompareEvent) =>
      // What cannot be delivered has nobody left to read it.
      void connection.sendProgress(compareProgress, progressToken, event).catch(() => undefined);
    return comparisons().compare(params, onEvent, signalOf(token));
  });
}
