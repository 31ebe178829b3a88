import type { Failure } from '../protocol/failure';
import type { ModelChoice, PromptEvent, PromptInput, PromptOutcome } from '../protocol/prompt';
import type { HostState } from '../protocol/runtime';
import { answerFailures as failures, unexpected } from './failures';
import { type HostEvent, type HostOptions, ModelHost } from './modelHost';
import { RestartBudget } from './restartBudget';

export interface QueueOptions extends HostOptions {
  cacheDir: string;
  threads: number;
  onState: (state: HostState) => void;
  /** Resolves when the queue may have a host: there is a bound on how many live at once. */
  seat: (queue: HostQueue) => Promise<void>;
}

/** Hears the events of an answer in their order, those that left the host together in one call. */
export type OnEvents = (events: PromptEvent[]) => void;

/**
 * The prompts for one model choice, answered one after the other by at most one host at a time. When the host dies, the
 * prompt it was answering fails and is never sent again; the next one gets a fresh host.
 */
export class HostQueue {
  private readonly budget = new RestartBudget();
  private host: ModelHost | undefined;
  private gone: Promise<void> = Promise.resolve();
  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;
  private closed = false;

  constructor(
    private readonly choice: ModelChoice,
    private readonly options: QueueOptions,
  ) {}

  /** No prompt runs or waits. */
  get idle(): boolean {
    return this.pending === 0;
  }

  /** Resolves when all prompts asked so far are answered. Never rejects. */
  get settled(): Promise<unknown> {
    return this.last;
  }

  /** Answers a prompt when its turn has come. Never rejects; `signal` ends the wait or the answer. */
  ask(input: PromptInput, onEvents: OnEvents, signal: AbortSignal): Promise<PromptOutcome> {
    let started = false;
    const outcome = this.inTurn(async () => {
      started = true;
      try {
        return await this.answer(input, onEvents, signal);
      } catch (error) {
        return failed(unexpected(error));
      }
    });
    return new Promise(resolve => {
      void outcome.then(resolve);
      // A prompt that still waits need not wait for its turn to be cancelled.
      signal.addEventListener('abort', () => started || resolve(failed(failures.cancelled)), { once: true });
    });
  }

  /**
   * Has a host load the model before the first prompt needs it; does nothing where one is there, expected or known to
   * die. What goes wrong is not said here: the prompt that needs the host says it.
   */
  async warm(): Promise<void> {
    if (!this.idle || this.host || this.budget.excess > 0) return;
    await this.inTurn(async () => {
      await this.options.seat(this);
      const host = await this.start(() => undefined, new AbortController().signal);
      if (host instanceof ModelHost) this.report(host, 'ready');
    }).catch(error => this.options.log(unexpected(error).message));
  }

  /** Ends the host, if there is one, and resolves when it is gone; the next prompt starts a fresh one. */
  end(): Promise<void> {
    this.host?.end(failures.stopped);
    return this.gone;
  }

  /** Ends an idle host and forgets past deaths: a person asked for a new start. */
  restart(): void {
    this.budget.reset();
    if (this.idle) void this.end();
  }

  /** Ends the host and answers whatever waits or comes later with a failure. */
  dispose(): void {
    this.closed = true;
    void this.end();
  }

  private async answer(input: PromptInput, onEvents: OnEvents, signal: AbortSignal): Promise<PromptOutcome> {
    if (signal.aborted) return failed(failures.cancelled);
    if (this.budget.excess > 0) return failed(failures.keepsDying(this.budget.excess));
    await this.options.seat(this);
    if (signal.aborted) return failed(failures.cancelled);
    const host = this.host ?? (await this.start(onEvents, signal));
    if (!(host instanceof ModelHost)) return failed(host);
    this.report(host, 'busy');
    const answer = await host.request({ type: 'prompt', input }, promptEvents(onEvents), signal);
    if (!host.ended) this.report(host, 'ready');
    if (answer.type === 'result') return { ok: true, result: answer.result };
    return failed(answer.type === 'failure' ? answer.failure : failures.notUnderstood);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.pending++;
    const turn = this.last.then(work).finally(() => this.pending--);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Forks a host and has it load the model. A host without its model is of no use and does not stay. */
  private async start(onEvents: OnEvents, signal: AbortSignal): Promise<ModelHost | Failure> {
    // Two hosts side by side would need the memory of both.
    await this.gone;
    if (this.closed) return failures.stopped;
    const host = new ModelHost(this.options, failures, failure => this.ended(host, failure));
    this.host = host;
    this.gone = host.gone;
    this.report(host, 'loading');
    onEvents([{ type: 'loading', message: 'Starting the model host' }]);
    const { choice } = this;
    const { cacheDir, threads } = this.options;
    const answer = await host.request(
      { type: 'load', choice, cacheDir, threads },
      promptEvents(onEvents),
      signal,
    );
    if (answer.type === 'loaded') return host.ended ?? host;
    host.end(failures.stopped);
    return answer.type === 'failure' ? answer.failure : failures.notUnderstood;
  }

  private ended(host: ModelHost, failure: Failure): void {
    this.host = undefined;
    const wanted = failure === failures.stopped || failure === failures.cancelled;
    if (!wanted) {
      this.budget.noteDeath();
      this.options.log(`[host ${host.pid}] ${failure.message}`);
    }
    this.report(host, wanted ? 'stopped' : 'died', failure.message);
  }

  private report(host: ModelHost, state: HostState['state'], message?: string): void {
    const { bundleDir, precision, target } = this.choice;
    const { pid, rssMiB } = host;
    this.options.onState({
      bundleDir,
      precision,
      target,
      state,
      pid,
      rssMiB,
      ...(message === undefined ? {} : { message }),
    });
  }
}

function failed(failure: Failure): PromptOutcome {
  return { ok: false, failure };
}

function promptEvents(onEvents: OnEvents): (message: HostEvent) => void {
  return message => {
    if (message.type === 'events') onEvents(message.events);
  };
}
