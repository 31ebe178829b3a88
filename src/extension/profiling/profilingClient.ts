import * as v from 'valibot';
import { workspace } from 'vscode';
import {
  type ProfileEvent,
  type ProfileOutcome,
  type ProfileParams,
  profileEventSchema,
  profileMethods,
  profileOutcomeSchema,
  type TargetFactsOutcome,
  targetFactsOutcomeSchema,
} from '../../protocol/profile';
import {
  type ListRunsOutcome,
  listRunsOutcomeSchema,
  type ReadRunOutcome,
  readRunOutcomeSchema,
  runFileMethods,
  type WrittenOutcome,
  writtenSchema,
} from '../../protocol/runFiles';
import {
  type GateOutcome,
  type GateRunParams,
  gateOutcomeSchema,
  gateRunMethod,
} from '../../protocol/runGate';
import type { RunRecord } from '../../protocol/runRecord';
import type { RuntimeClient } from '../runtime/client';
import { refusedInRestrictedMode } from '../runtime/restricted';

/**
 * Profiles, targets and run records, as the runtime offers them. Nothing here rejects. In Restricted Mode nothing is
 * measured, read or written.
 */
export class ProfilingClient {
  readonly #client: RuntimeClient;
  #profiles = 0;

  constructor(client: RuntimeClient) {
    this.#client = client;
  }

  /** Measures. Aborting `signal` ends it: with the record of what was measured, or a failure of kind `cancelled`. */
  async profile(
    params: Omit<ProfileParams, 'progressToken'>,
    onEvent: (event: ProfileEvent) => void,
    signal: AbortSignal,
  ): Promise<ProfileOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(profileOutcomeSchema, signal, async runtime => {
      const progressToken = `profile-${++this.#profiles}`;
      const unlisten = runtime.onProgress(progressToken, value => {
        const event = v.safeParse(profileEventSchema, value);
        if (event.success) onEvent(event.output);
      });
      try {
        return await runtime.request(profileMethods.profile, { ...params, progressToken }, signal);
      } finally {
        unlisten();
      }
    });
  }

  /** All that is known of the targets of this machine. */
  targets(): Promise<TargetFactsOutcome> {
    return this.#client.ask(targetFactsOutcomeSchema, undefined, runtime =>
      runtime.request(profileMethods.targetFacts, {}),
    );
  }

  async listRuns(folders: string[]): Promise<ListRunsOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(listRunsOutcomeSchema, undefined, runtime =>
      runtime.request(runFileMethods.list, { folders }),
    );
  }

  /** A run record, or a file of another program as records. */
  async readRun(file: string): Promise<ReadRunOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(readRunOutcomeSchema, undefined, runtime =>
      runtime.request(runFileMethods.read, { file }),
    );
  }

  async writeRun(file: string, record: RunRecord): Promise<WrittenOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(writtenSchema, undefined, runtime =>
      runtime.request(runFileMethods.write, { file, record }),
    );
  }

  /** Holds a kept run against a kept baseline. */
  async gateRun(params: GateRunParams): Promise<GateOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(gateOutcomeSchema, undefined, runtime => runtime.request(gateRunMethod, params));
  }

  /** Writes a record as a trace in the Trace Event Format. */
  async traceRun(file: string, record: RunRecord): Promise<WrittenOutcome> {
    if (!workspace.isTrusted) return refusedInRestrictedMode();
    return this.#client.ask(writtenSchema, undefined, runtime =>
      runtime.request(runFileMethods.trace, { file, record }),
    );
  }
}
