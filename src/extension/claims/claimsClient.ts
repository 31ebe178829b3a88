import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { workspace } from 'vscode';
import type { ClaimsReport } from '../../protocol/claims';
import {
  type ClaimsCostOutcome,
  type ClaimsCostParams,
  type ClaimsEvent,
  type ClaimsOutcome,
  claimsCostOutcomeSchema,
  claimsEventSchema,
  claimsMethods,
  claimsOutcomeSchema,
  type MeasureClaimsParams,
} from '../../protocol/claimsRun';
import { type WrittenOutcome, writtenSchema } from '../../protocol/runFiles';
import type { RuntimeClient } from '../runtime/client';
import { refusedInRestrictedMode } from '../runtime/restricted';

/**
 * Comparisons with the paper, as the runtime offers them. Nothing here rejects. In Restricted Mode nothing is measured,
 * read or written.
 */
export class ClaimsClient {
  readonly #client: RuntimeClient;

  constructor(client: RuntimeClient) {
    this.#client = client;
  }

  /** Measures. Aborting `signal` ends it: with what was measured, or a failure of kind `cancelled`. */
  async measure(
    params: Omit<MeasureClaimsParams, 'progressToken'>,
    onEvent: (event: ClaimsEvent) => void,
    signal: AbortSignal,
  ): Promise<ClaimsOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(claimsOutcomeSchema, signal, async runtime => {
      const progressToken = `claims-${randomUUID()}`;
      const unlisten = runtime.onProgress(progressToken, value => {
        const event = v.safeParse(claimsEventSchema, value);
        if (event.success) onEvent(event.output);
      });
      try {
        return await runtime.request(claimsMethods.measure, { ...params, progressToken }, signal);
      } finally {
        unlisten();
      }
    });
  }

  /** What a comparison would take of this machine. */
  async cost(params: ClaimsCostParams, signal: AbortSignal): Promise<ClaimsCostOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(claimsCostOutcomeSchema, signal, runtime =>
      runtime.request(claimsMethods.cost, params, signal),
    );
  }

  async read(file: string): Promise<ClaimsOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(claimsOutcomeSchema, undefined, runtime =>
      runtime.request(claimsMethods.read, { file }),
    );
  }

  async write(file: string, report: ClaimsReport): Promise<WrittenOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(writtenSchema, undefined, runtime =>
      runtime.request(claimsMethods.write, { file, report }),
    );
  }
}
