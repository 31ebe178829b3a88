import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogOutputChannel } from 'vscode';
import {
  CancellationTokenSource,
  CloseAction,
  ErrorAction,
  LanguageClient,
  type MessageTransports,
  ProgressType,
  RevealOutputChannelOn,
  TransportKind,
} from 'vscode-languageclient/node';
import { methods, type RuntimeOptions } from '../../protocol/runtime';

export interface RuntimeProcessOptions {
  /** Absolute path of the bundled runtime. */
  module: string;
  log: LogOutputChannel;
  initialization: RuntimeOptions;
  /** A runtime that is silent for longer, while something is asked of it, is ended. */
  silenceLimitMs?: number;
}

/**
 * The runtime only coordinates, so it answers within milliseconds even on a machine that has other work; four checks in
 * a row must fail, so that an editor that was asleep itself does not take the runtime for frozen.
 */
const defaultSilenceLimitMs = 20_000;
const checks = 4;

/** What goes wrong is written to the log and into the card that was running; no notification pops up besides. */
class QuietLanguageClient extends LanguageClient {
  /** Kept, since the base class forgets its process before it says that the connection closed. */
  child: ChildProcess | undefined;

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  protected override async createMessageTransports(encoding: string): Promise<MessageTransports> {
    const transports = await super.createMessageTransports(encoding);
    this.child = this.serverProcess;
    return transports;
  }
}

/**
 * One life of the runtime process: a language client that is never restarted. A client whose start failed cannot be
 * started again, so that a new life takes a new client.
 */
export class RuntimeProcess {
  /** Resolves, with the reason in words, when the runtime has ended without having been asked to. */
  readonly ended: Promise<string>;
  private readonly client: QuietLanguageClient;
  private readonly checkMs: number;
  /** Set when it was ended from here. */
  private killedBecause: string | undefined;
  private inFlight = 0;
  private watch: NodeJS.Timeout | undefined;

  private constructor({ module, log, initialization, silenceLimitMs }: RuntimeProcessOptions) {
    this.checkMs = (silenceLimitMs ?? defaultSilenceLimitMs) / checks;
    let noteEnd: (reason: string) => void = () => undefined;
    this.ended = new Promise(resolve => {
      noteEnd = resolve;
    });
    const closed = async () => {
      noteEnd(this.killedBecause ?? (await exitReason(this.client.child)));
      return { action: CloseAction.DoNotRestart, handled: true };
    };
    this.client = new QuietLanguageClient(
      'autoneural',
      'AutoNeural runtime',
      // Not the workspace's folder: nothing of a workspace may be picked up by a process that starts.
      { module, transport: TransportKind.ipc, options: { cwd: dirname(module), execArgv: [] } },
      {
        outputChannel: log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        initializationOptions: initialization,
        initializationFailedHandler: () => false,
        errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed },
      },
    );
  }

  /** @throws when the process does not start or refuses its options; the message is a sentence. */
  static async start(options: RuntimeProcessOptions): Promise<RuntimeProcess> {
    const runtime = new RuntimeProcess(options);
    try {
      await runtime.client.start();
      return runtime;
    } catch (error) {
      const reason = await Promise.race([runtime.ended, delay(100)]);
      throw reason === undefined ? error : new Error(`${reason}; the log has the details.`, { cause: error });
    }
  }

  get pid(): number | undefined {
    return this.client.child?.pid;
  }

  /** Sends a request. @throws when the runtime ends before it answers. */
  async request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    this.inFlight++;
    this.watch ??= this.watchSilence();
    try {
      return await this.client.sendRequest(method, params, source.token);
    } finally {
      this.inFlight--;
      signal?.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  onNotification(method: string, listen: (params: unknown) => void): void {
    this.client.onNotification(method, listen);
  }

  /** Listens to the progress of one request; the returned function ends that. */
  onProgress(token: string, listen: (value: unknown) => void): () => void {
    const listener = this.client.onProgress(new ProgressType<unknown>(), token, listen);
    return () => listener.dispose();
  }

  /** Asks the runtime to end, and ends it if it does not. */
  async stop(): Promise<void> {
    await this.client.stop().catch(() => this.kill());
  }

  kill(): void {
    this.client.child?.kill('SIGKILL');
  }

  /** A process that hangs closes nothing: without this its requests would wait for ever. Ends when nothing is asked. */
  private watchSilence(): NodeJS.Timeout {
    let silentChecks = 0;
    const timer = setInterval(() => {
      if (this.inFlight === 0) {
        clearInterval(timer);
        this.watch = undefined;
      } else if (++silentChecks > checks) {
        clearInterval(timer);
        this.killedBecause = `it did not listen for ${Math.round((checks * this.checkMs) / 1000)} seconds`;
        this.kill();
      } else {
        this.client.sendRequest(methods.alive).then(
          () => (silentChecks = 0),
          // The connection is closing, which ends the requests as well.
          () => clearInterval(timer),
        );
      }
    }, this.checkMs);
    return timer;
  }
}

/** The connection closes a moment before or after the process is known to have ended. */
async function exitReason(process: ChildProcess | undefined): Promise<string> {
  if (process === undefined) return 'it was not started';
  if (process.exitCode === null && process.signalCode === null) {
    await Promise.race([once(process, 'exit'), delay(500)]);
  }
  if (process.signalCode !== null) return `ended by signal ${process.signalCode}`;
  return process.exitCode === null ? 'its connection closed' : `exit code ${process.exitCode}`;
}
