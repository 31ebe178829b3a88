import { resolve } from 'node:path';
import type { ModelChoice, PromptInput, PromptOutcome } from '../protocol/prompt';
import type { TargetsOutcome } from '../protocol/runtime';
import { answerFailures as failures } from './failures';
import { HostQueue, type OnEvents, type QueueOptions } from './hostQueue';
import { ModelHost } from './modelHost';

export interface PoolOptions extends Omit<QueueOptions, 'seat'> {
  /** How many model hosts may live at once. */
  maxHosts: number;
}

/** All model hosts: one for each bundle, precision and target in use; the least recently used idle one makes room. */
export class HostPool {
  private readonly queues = new Map<string, HostQueue>();
  /** Queues that may have a host, least recently used first. */
  private readonly seated = new Set<HostQueue>();
  private probe: ModelHost | undefined;
  private targetsOutcome: Promise<TargetsOutcome> | undefined;

  constructor(private readonly options: PoolOptions) {}

  /** Answers a prompt on the choice's host. Never rejects. */
  prompt(
    choice: ModelChoice,
    input: PromptInput,
    onEvents: OnEvents,
    signal: AbortSignal,
  ): Promise<PromptOutcome> {
    return this.queueOf(choice).ask(input, onEvents, signal);
  }

  /** Has the choice's host load its model ahead of the first prompt. Never rejects. */
  warm(choice: ModelChoice): Promise<void> {
    return this.queueOf(choice).warm();
  }

  /** Asks once, in a process of its own: probing loads native libraries. */
  targets(): Promise<TargetsOutcome> {
    this.targetsOutcome ??= this.probeTargets();
    return this.targetsOutcome;
  }

  /** Ends every idle host, allows those that kept dying a new start and probes targets anew when next asked. */
  restartHosts(): void {
    this.targetsOutcome = undefined;
    for (const queue of this.queues.values()) queue.restart();
  }

  /** Ends every host at once and for good. */
  dispose(): void {
    this.probe?.end(failures.stopped);
    for (const queue of this.queues.values()) queue.dispose();
  }

  private queueOf(asked: ModelChoice): HostQueue {
    const choice = { ...asked, bundleDir: resolve(asked.bundleDir) };
    const key = JSON.stringify([choice.bundleDir, choice.precision, choice.target]);
    const known = this.queues.get(key);
    if (known) return known;
    const queue = new HostQueue(choice, { ...this.options, seat: queue => this.seat(queue) });
    this.queues.set(key, queue);
    return queue;
  }

  private async seat(queue: HostQueue): Promise<void> {
    while (!this.seated.has(queue) && this.seated.size >= this.options.maxHosts) {
      const idle = [...this.seated].find(other => other.idle);
      if (idle) {
        // The seat changes hands before the wait, so that nobody else takes it.
        this.seated.delete(idle);
        this.seated.add(queue);
        await idle.end();
      } else await Promise.race([...this.seated].map(other => other.settled));
    }
    this.seated.delete(queue);
    this.seated.add(queue);
  }

  private async probeTargets(): Promise<TargetsOutcome> {
    this.probe = new ModelHost(this.options, failures);
    const answer = await this.probe.request(
      { type: 'targets' },
      () => undefined,
      new AbortController().signal,
    );
    this.probe.end(failures.stopped);
    if (answer.type === 'targets') return { ok: true, targets: answer.targets };
    this.targetsOutcome = undefined;
    return { ok: false, failure: answer.type === 'failure' ? answer.failure : failures.notUnderstood };
  }
}
