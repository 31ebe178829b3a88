import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import {
  type CompareEvent,
  type CompareOutcome,
  type CompareParams,
  compareEventSchema,
  compareMethod,
  compareOutcomeSchema,
} from '../../protocol/compare';
import type { RuntimeClient } from './client';

/** Asks two builds the same question. Like the client itself it never rejects; aborting `signal` ends it. */
export function requestComparison(
  client: RuntimeClient,
  params: Omit<CompareParams, 'progressToken'>,
  onEvent: (event: CompareEvent) => void,
  signal: AbortSignal,
): Promise<CompareOutcome> {
  return client.ask(compareOutcomeSchema, signal, async runtime => {
    const progressToken = `compare-${randomUUID()}`;
    const unlisten = runtime.onProgress(progressToken, value => {
      const event = v.safeParse(compareEventSchema, value);
      if (event.success) onEvent(event.output);
    });
    try {
      return await runtime.request(compareMethod, { ...params, progressToken }, signal);
    } finally {
      unlisten();
    }
  });
}
