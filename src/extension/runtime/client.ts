import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { type Disposable, EventEmitter, type LogOutputChannel, workspace } from 'vscode';
import { type Failure, StudioError } from '../../protocol/failure';
import { type ModelOutcome, modelOutcomeSchema } from '../../protocol/models';
import {
  type ModelChoice,
  type PromptEvent,
  type PromptInput,
  type PromptOutcome,
  promptEventsSchema,
  promptOutcomeSchema,
} from '../../protocol/prompt';
import {
  type HostState,
  hostStateSchema,
  methods,
  protocolVersion,
  type RuntimeOptions,
  type TargetsOutcome,
  targetsOutcomeSchema,
} from '../../protocol/runtime';
import type { RuntimeProcess } from './runtimeProcess';

export interface RuntimeState {
  state: 'starting' | 'ready' | 'stopped';
  /** Why it stopped, when it was not asked to. */
  message?: string;
  /** Of the process that is ready. */
  pid?: number | undefined;
}

export interface RuntimeClientOptions {
  /** Absolute path of the bundled runtime. */
  module: string;
  /** Absolute path of the folder for derived graphs. */
  cacheDir: string;
  log: LogOutputChannel;
  /** See {@link RuntimeProcess}. */
  silenceLimitMs?: number;
}

/** After more than this many deaths within the window, only {@link RuntimeClient.restart} starts the runtime again. */
const allowedDeaths = 3;
const deathWindowMs = 180_000;

/**
 * The extension's side of the runtime. The process starts with the first request and again with the first one after a
 * death, never by itself. No method rejects or hangs on a dead runtime: each resolves to an outcome with its sentence.
 */
export class RuntimeClient implements Disposable {
  private readonly stateChanges = new EventEmitter<RuntimeState>();
  private readonly hostChanges = new EventEmitter<HostState>();
  readonly onDidChangeState = this.stateChanges.event;
  /** A model host started, became busy, ended …; its `pid` is there for those who want to look at the process. */
  readonly onDidChangeHost = this.hostChanges.event;

  private currentState: RuntimeState = { state: 'stopped' };
  private life: Promise<RuntimeProcess> | undefined;
  private lifeOptions: RuntimeOptions | undefined;
  private deathsAtMs: number[] = [];
  private inFlight = 0;
  private prompts = 0;
  private disposed = false;

  constructor(private readonly options: RuntimeClientOptions) {}

  get state(): RuntimeState {
    return this.currentState;
  }

  /** Asks a question; aborting `signal` ends it with a failure of kind `cancelled`. */
  prompt(
    choice: ModelChoice,
    input: PromptInput,
    onEvent: (event: PromptEvent) => void,
    signal: AbortSignal,
  ): Promise<PromptOutcome> {
    return this.ask(promptOutcomeSchema, signal, async runtime => {
      const progressToken = `prompt-${++this.prompts}`;
      const unlisten = runtime.onProgress(progressToken, value => {
        const events = v.safeParse(promptEventsSchema, value);
        for (const event of events.success ? events.output : []) onEvent(event);
      });
      try {
        return await runtime.request(methods.prompt, { progressToken, choice, input }, signal);
      } finally {
        unlisten();
      }
    });
  }

  /** Has a model host load the model ahead of the first prompt. What goes wrong is said by that prompt. */
  async warm(choice: ModelChoice): Promise<void> {
    await this.ask(v.null(), undefined, runtime => runtime.request(methods.warm, { choice }));
  }

  /** Reads and verifies a bundle's description. */
  model(bundleDir: string): Promise<ModelOutcome> {
    return this.ask(modelOutcomeSchema, undefined, runtime => runtime.request(methods.model, { bundleDir }));
  }

  targets(): Promise<TargetsOutcome> {
    return this.ask(targetsOutcomeSchema, undefined, runtime => runtime.request(methods.targets, {}));
  }

  /** A person asks for a new start: idle model hosts end; a runtime that is dead or does not listen is replaced. */
  async restart(): Promise<void> {
    this.deathsAtMs = [];
    const runtime = await this.life?.catch(() => undefined);
    if (runtime) {
      const restarted = runtime.request(methods.restartHosts, {}).then(
        () => true,
        () => false,
      );
      if (await Promise.race([restarted, delay(2000, false)])) return;
      runtime.kill();
      this.life = undefined;
    }
    await this.start().catch(() => undefined);
  }

  /** Ends the runtime and with it all model hosts. */
  async dispose(): Promise<void> {
    this.disposed = true;
    await this.stop();
    this.stateChanges.dispose();
    this.hostChanges.dispose();
  }

  /**
   * Sends any request and checks its outcome.
   * @param ask sends it to the process, which is started first where none runs
   * @param signal aborted = what fails thereafter was cancelled
   */
  async ask<Outcome>(
    schema: v.GenericSchema<unknown, Outcome>,
    signal: AbortSignal | undefined,
    ask: (runtime: RuntimeProcess) => Promise<unknown>,
  ): Promise<Outcome | { ok: false; failure: Failure }> {
    let runtime: RuntimeProcess | undefined;
    this.inFlight++;
    try {
      runtime = await this.start();
      return v.parse(schema, await ask(runtime));
    } catch (error) {
      return { ok: false, failure: await this.failureOf(error, runtime, signal) };
    } finally {
      this.inFlight--;
    }
  }

  private async failureOf(
    error: unknown,
    runtime: RuntimeProcess | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Failure> {
    if (signal?.aborted) return { kind: 'cancelled', message: 'The answer was stopped.' };
    if (error instanceof StudioError) return error.failure;
    const reason = await Promise.race([runtime?.ended, delay(1000)]);
    if (reason !== undefined) return { kind: 'host-died', message: diedSentence(reason) };
    this.options.log.error(error instanceof Error ? error : String(error));
    return {
      kind: 'internal',
      message: `The AutoNeural runtime did not answer as it should: ${sentenceOf(error)}`,
    };
  }

  private async start(): Promise<RuntimeProcess> {
    const wanted = this.wantedOptions();
    const changed = JSON.stringify(wanted) !== JSON.stringify(this.lifeOptions);
    // A changed setting takes effect when nothing runs besides the request that is being started.
    if (this.life && changed && this.inFlight <= 1) await this.stop();
    if (this.life) return this.life;
    this.refuseWhenClosedOrDyingTooOften();
    this.lifeOptions = wanted;
    const life = this.begin(wanted);
    this.life = life;
    life.then(
      runtime => void runtime.ended.then(reason => this.noteDeath(life, diedSentence(reason))),
      error => this.noteDeath(life, sentenceOf(error)),
    );
    return life;
  }

  private async begin(initialization: RuntimeOptions): Promise<RuntimeProcess> {
    this.setState({ state: 'starting' });
    try {
      const { module, log, silenceLimitMs } = this.options;
      // Late, since loading the language client would take most of the time that activation may.
      const { RuntimeProcess } = await import('./runtimeProcess');
      const runtime = await RuntimeProcess.start({
        module,
        log,
        initialization,
        ...(silenceLimitMs !== undefined && { silenceLimitMs }),
      });
      runtime.onNotification(methods.hostState, params => {
        const state = v.safeParse(hostStateSchema, params);
        if (state.success) this.hostChanges.fire(state.output);
      });
      this.setState({ state: 'ready', pid: runtime.pid });
      return runtime;
    } catch (error) {
      const message = `The AutoNeural runtime could not be started: ${sentenceOf(error)}`;
      throw new StudioError('host-died', message, { cause: error });
    }
  }

  /** A life that was already replaced ends unnoticed. */
  private noteDeath(life: Promise<RuntimeProcess>, message: string): void {
    if (this.life !== life) return;
    this.life = undefined;
    this.deathsAtMs.push(Date.now());
    this.options.log.error(message);
    this.setState({ state: 'stopped', message });
  }

  private refuseWhenClosedOrDyingTooOften(): void {
    if (this.disposed) throw new StudioError('host-died', 'AutoNeural Studio is being closed.');
    const since = Date.now() - deathWindowMs;
    this.deathsAtMs = this.deathsAtMs.filter(at => at > since);
    if (this.deathsAtMs.length <= allowedDeaths) return;
    throw new StudioError(
      'host-died',
      `The AutoNeural runtime ended ${this.deathsAtMs.length} times within 3 minutes and is not started again by ` +
        'itself; press Restart to try once more, or see the log.',
    );
  }

  private async stop(): Promise<void> {
    const { life } = this;
    this.life = undefined;
    const runtime = await life?.catch(() => undefined);
    await runtime?.stop();
    this.setState({ state: 'stopped' });
  }

  private wantedOptions(): RuntimeOptions {
    const settings = workspace.getConfiguration('autoneural');
    return {
      protocolVersion,
      cacheDir: this.options.cacheDir,
      memoryLimitMiB: settings.get('memoryLimitMiB', 4096),
      threads: settings.get('threads', 0),
    };
  }

  private setState(state: RuntimeState): void {
    this.currentState = state;
    this.stateChanges.fire(state);
  }
}

function diedSentence(reason: string): string {
  return `The AutoNeural runtime stopped (${reason}); ask again to start it anew.`;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
