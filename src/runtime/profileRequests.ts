import * as v from 'valibot';
import { type CancellationToken, type Connection, ProgressType } from 'vscode-languageserver/node';
import {
  profileMethods as methods,
  type ProfileEvent,
  type ProfileOutcome,
  profileParamsSchema,
  type TargetFactsOutcome,
} from '../protocol/profile';
import type { Profiles } from './profiles';
import { signalOf, wrongParams } from './requests';

const profileProgress = new ProgressType<ProfileEvent>();

/** Answers the requests of `profileMethods`. @param profiles asked for with each request */
export function answerProfileRequests(connection: Connection, profiles: () => Profiles): void {
  connection.onRequest(
    methods.profile,
    async (raw: unknown, token: CancellationToken): Promise<ProfileOutcome> => {
      const parsed = v.safeParse(profileParamsSchema, raw);
      if (!parsed.success) return { ok: false, failure: wrongParams(methods.profile, parsed.issues) };
      const { progressToken, ...params } = parsed.output;
      const onEvent = (event: ProfileEvent) =>
        // What cannot be delivered has nobody left to read it.
        void connection.sendProgress(profileProgress, progressToken, event).catch(() => undefined);
      return profiles().profile(params, onEvent, signalOf(token));
    },
  );
  connection.onRequest(
    methods.targetFacts,
    (_: unknown, token: CancellationToken): Promise<TargetFactsOutcome> =>
      profiles().targetFacts(signalOf(token)),
  );
}
