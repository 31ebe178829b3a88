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
import { type Failure, StudioError } from '../protocol/failure';
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
import { unexpected } from './failures';
import { defaultLimits } from './hostLimits';
import { HostPool } from './hostPool';

const connection = createConnection();
const promptProgress = new ProgressType<PromptEvent>();
let pool: HostPool | undefined;

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
  pool = new HostPool({
    script: join(__dirname, 'host.js'),
    maxHosts: 3,
    limits: { ...defaultLimits, memoryLimitMiB },
    cacheDir,
    threads,
    log: text => connection.console.info(text),
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
    const onEvent = (event: PromptEvent) =>
      void connection.sendProgress(promptProgress, progressToken, event).catch(ignore);
    return hosts().prompt(choice, input, onEvent, signalOf(token));
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

connection.onRequest(methods.restartHosts, (): null => {
  hosts().restartHosts();
  return null;
});

connection.onShutdown(() => pool?.dispose());
// The editor is gone, or this process ends for any other reason: no host may outlive it.
process.on('disconnect', () => process.exit());
process.on('exit', () => pool?.dispose());

connection.listen();

function hosts(): HostPool {
  if (pool) return pool;
  throw new ResponseError(
    LSPErrorCodes.RequestFailed,
    'The runtime got a request before it was initialized.',
  );
}

function refusal(message: string): ResponseError<InitializeError> {
  return new ResponseError(LSPErrorCodes.RequestFailed, message, { retry: false });
}

function wrongParams(method: string, issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): Failure {
  return {
    kind: 'usage',
    message: `The request ${method} does not have the expected form: ${v.summarize(issues)}`,
  };
}

/** What cannot be delivered has nobody left to read it. */
function ignore(): void {}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
