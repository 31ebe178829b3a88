import * as v from 'valibot';
import type { CancellationToken } from 'vscode-languageserver/node';
import { type Failure, StudioError } from '../protocol/failure';
import { unexpected } from './failures';

/** The failure of a request whose parameters are not what its schema says. */
export function wrongParams(
  method: string,
  issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]],
): Failure {
  return {
    kind: 'usage',
    message: `The request ${method} does not have the expected form: ${v.summarize(issues)}`,
  };
}

/** A protocol cancellation in the form that everything below understands. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** What work gives, or why it failed. */
export async function outcomeOf<Outcome>(
  work: () => Promise<Outcome>,
): Promise<Outcome | { ok: false; failure: Failure }> {
  try {
    return await work();
  } catch (error) {
    return { ok: false, failure: error instanceof StudioError ? error.failure : unexpected(error) };
  }
}
