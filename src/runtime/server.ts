/**
 * The runtime: a language server that coordinates. It loads no native module; every model lives in a model host, a
 * process of its own, and so does whatever a native library may do wrong.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import {
  type CancellationToken,
  createConnection,
  type InitializeError,
  type InitializeResult,
  LSPErrorCodes,
  ProgressType,
  ResponseError,
} from 'vscode-languageserver/node';
import { openBundle } from '../bundle/bundle';
import { StudioError } from '../protocol/failure';
import type { ModelOutcome } from '../protocol/models';
import type { PromptEvent, PromptOutcome } from '../protocol/prompt';
import {
  methods,
  modelParamsSchema,
  promptParamsSchema,
  protocolVersion,
  runtimeOptionsSchema,
  type TargetsOutcome,
  warmParamsSchema,
} from '../protocol/runtime';
import { answerClaimsRequests } from './claimsRequests';
import { ClaimsRuns } from './claimsRuns';
import { answerCompareRequests } from './compareRequests';
import { Comparisons } from './comparisons';
import { unexpected } from './failures';
import { defaultLimits } from './hostLimits';
import { HostPool } from './hostPool';
import { answerMeasurementRequests } from './measurementRequests';
import { Measurements } from './measurements';
import { answerProfileRequests } from './profileRequests';
import { Profiles } from './profiles';
import { answerRecipeRequests } from './recipeRequests';
import { signalOf, wrongParams } from './requests';
import { answerRunFileRequests } from './runFileRequests';
import { Turns } from './turns';

const connection = createConnection();
const promptProgress = new ProgressType<PromptEvent[]>();
let pool: HostPool | undefined;
let measurements: Measurements | undefined;
let comparisons: Comparisons | undefined;
let profiles: Profiles | undefined;
let claimsRuns: ClaimsRuns | undefined;

connection.onInitialize(({ initializationOptions }): InitializeResult | ResponseError<InitializeError> => {
  const options = v.safeParse(runtimeOptionsSchema, initializationOptions);
  if (!options.success)
    return refusal(`The runtime was started with wrong options: ${v.summarize(options.issues)}`);
  const { protocolVersion: clientVersion, cacheDir, memoryLimitMiB, threads } = options.output;
  if (clientVersion !== protocolVersion) {
    return refusal(
      `The extension speaks version ${clientVersion} of the protocol and the runtime version ${protocolVersion}; ` +
        'reload the window so that both are of the same installation.',
    );
  }
  const hostOptions = {
    script: join(__dirname, 'host.js'),
    limits: { ...defaultLimits, memoryLimitMiB },
    cacheDir,
    threads,
    log: (text: string) => connection.console.info(text),
  };
  measurements = new Measurements(hostOptions);
  comparisons = new Comparisons(hostOptions);
  const turns = new Turns();
  profiles = new Profiles(hostOptions, turns);
  claimsRuns = new ClaimsRuns(hostOptions, turns);
  pool = new HostPool({
    ...hostOptions,
    maxHosts: 3,
    onState: state => void connection.sendNotification(methods.hostState, state).catch(ignore),
  });
  return { capabilities: {}, serverInfo: { name: 'AutoNeural runtime', version: String(protocolVersion) } };
});

connection.onRequest(
  methods.prompt,
  async (raw: unknown, token: CancellationToken): Promise<PromptOutcome> => {
    const params = v.safeParse(promptParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.prompt, params.issues) };
    const { choice, input, progressToken } = params.output;
    const onEvents = (events: PromptEvent[]) =>
      void connection.sendProgress(promptProgress, progressToken, events).catch(ignore);
    return hosts().prompt(choice, input, onEvents, signalOf(token));
  },
);

connection.onRequest(methods.warm, async (raw: unknown): Promise<null> => {
  const params = v.safeParse(warmParamsSchema, raw);
  if (params.success) await hosts().warm(params.output.choice);
  return null;
});

connection.onRequest(methods.model, async (raw: unknown): Promise<ModelOutcome> => {
  const params = v.safeParse(modelParamsSchema, raw);
  if (!params.success) return { ok: false, failure: wrongParams(methods.model, params.issues) };
  try {
    const bundle = await openBundle(params.output.bundleDir);
    return { ok: true, model: bundle.info() };
  } catch (error) {
    return { ok: false, failure: error instanceof StudioError ? error.failure : unexpected(error) };
  }
});

connection.onRequest(methods.targets, (): Promise<TargetsOutcome> => hosts().targets());

connection.onRequest(methods.alive, (): null => null);

connection.onRequest(methods.restartHosts, (): null => {
  hosts().restartHosts();
  return null;
});

answerMeasurementRequests(connection, () => initialized(measurements));
answerCompareRequests(connection, () => initialized(comparisons));
answerProfileRequests(connection, () => initialized(profiles));
answerClaimsRequests(connection, () => initialized(claimsRuns));
answerRecipeRequests(connection);
answerRunFileRequests(connection);

connection.onShutdown(endHosts);
// The editor is gone, or this process ends for any other reason: no host may outlive it.
process.on('disconnect', () => process.exit());
process.on('exit', endHosts);

connection.listen();

function hosts(): HostPool {
  return initialized(pool);
}

function endHosts(): void {
  pool?.dispose();
  measurements?.dispose();
  comparisons?.dispose();
  profiles?.dispose();
  claimsRuns?.dispose();
}

function initialized<T>(part: T | undefined): T {
  if (part) return part;
  throw new ResponseError(
    LSPErrorCodes.RequestFailed,
    'The runtime got a request before it was initialized.',
  );
}

function refusal(message: string): ResponseError<InitializeError> {
  return new ResponseError(LSPErrorCodes.RequestFailed, message, { retry: false });
}

/** What cannot be delivered has nobody left to read it. */
function ignore(): void {}
