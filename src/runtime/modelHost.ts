import type { ChildProcess } from 'node:child_process';
import * as v from 'valibot';
import type { Failure } from '../protocol/failure';
import { type FromHost, fromHostSchema, type ToHost } from '../protocol/host';
import type { HostFailures } from './failures';
import type { HostLimits } from './hostLimits';
import { forkHost, onHeartbeatLine } from './hostProcess';

export interface HostOptions {
  /** The bundled host to fork. */
  script: string;
  limits: HostLimits;
  log: (text: string) => void;
}

type WithoutId<Message> = Message extends { id: number } ? Omit<Message, 'id'> : never;
/** A request to a host; its id is given here. */
export type HostRequest = WithoutId<Exclude<ToHost, { type: 'cancel' }>>;
/** A message on the way to a request's answer. */
export type HostEvent = Extract<
  FromHost,
  { type: 'events' | 'inspectionEvent' | 'compareEvent' | 'profileEvent' | 'claimsEvent' }
>;
/** The message that ends a request. */
export type HostAnswer = Exclude<FromHost, HostEvent | { type: 'heartbeat' }>;

interface Running {
  id: number;
  onEvent: (message: HostEvent) => void;
  settle: (answer: HostAnswer) => void;
  cancelled: boolean;
  quietTicks: number;
}

/**
 * One forked host (of a loaded model, or of a measurement), supervised: whatever happens to the process, the running request is answered, with a
 * {@link Failure} that says why. An ended host never comes back.
 */
export class ModelHost {
  /** Why the host ended; `undefined` while it lives. */
  ended: Failure | undefined;
  /** Resolves when the process no longer exists, a moment after it was ended, and its memory is free again. */
  readonly gone: Promise<void>;
  /** Resident memory as of the last heartbeat. */
  rssMiB: number | null = null;
  private readonly child: ChildProcess;
  private readonly watch: NodeJS.Timeout;
  private running: Running | undefined;
  private lastId = 0;
  private quietTicks = 0;
  private noteGone: () => void = () => undefined;

  /**
   * @param failures the sentences that say how it ended
   * @param onEnd called once, when the host has ended for whatever reason
   */
  constructor(
    private readonly options: HostOptions,
    private readonly failures: HostFailures,
    private readonly onEnd: (failure: Failure) => void = () => undefined,
  ) {
    this.child = forkHost(options.script, { heapLimitMiB: options.limits.memoryLimitMiB, log: options.log });
    this.child.on('message', message => this.receive(message));
    onHeartbeatLine(this.child, line => this.receive(parseJson(line)));
    this.gone = new Promise(resolve => {
      this.noteGone = resolve;
    });
    this.child.once('exit', this.noteGone);
    this.child.once('error', error => this.end(this.failures.notStarted(error.message)));
    // 'close' comes after the last message; should some grandchild hold a pipe open, 'exit' has to do.
    this.child.once('close', (code, signal) => this.end(this.failures.died(code, signal)));
    this.child.once('exit', (code, signal) =>
      setTimeout(() => this.end(this.failures.died(code, signal)), 500).unref(),
    );
    this.watch = setInterval(() => this.tick(), options.limits.tickMs);
  }

  get pid(): number | null {
    return this.child.pid ?? null;
  }

  /** Sends one request and waits for its answer. A host answers one at a time; the caller queues. */
  request(
    message: HostRequest,
    onEvent: (message: HostEvent) => void,
    signal: AbortSignal,
  ): Promise<HostAnswer> {
    const id = ++this.lastId;
    if (this.ended) return Promise.resolve({ type: 'failure', id, failure: this.ended });
    return new Promise(resolve => {
      const cancel = () => this.cancel(id);
      const settle = (answer: HostAnswer) => {
        signal.removeEventListener('abort', cancel);
        this.running = undefined;
        resolve(answer);
      };
      this.running = { id, onEvent, settle, cancelled: false, quietTicks: 0 };
      this.send({ ...message, id });
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
    });
  }

  /**
   * Ends the host at once; a running request is answered with `failure`. It needs no gentler way: a host keeps
   * nothing that could be lost, and one inside a graph run would not hear a request to leave.
   */
  end(failure: Failure): void {
    if (this.ended) return;
    this.ended = failure;
    clearInterval(this.watch);
    this.child.kill('SIGKILL');
    // A process that the system cannot end, or that never began, is not waited for.
    setTimeout(this.noteGone, this.child.pid === undefined ? 0 : 2000);
    const { running } = this;
    if (running) this.answer({ type: 'failure', id: running.id, failure });
    this.onEnd(failure);
  }

  private cancel(id: number): void {
    if (this.running?.id !== id) return;
    this.running.cancelled = true;
    this.send({ type: 'cancel', id });
    setTimeout(() => {
      if (this.running?.id === id) this.end(this.failures.cancelled);
    }, this.options.limits.cancelGraceMs);
  }

  private receive(message: unknown): void {
    if (this.ended) return;
    const parsed = v.safeParse(fromHostSchema, message);
    if (!parsed.success) {
      this.end(this.failures.notUnderstood);
      return;
    }
    const { output } = parsed;
    const { running } = this;
    if (output.type === 'heartbeat') this.beat(output.rssMiB);
    else if (running === undefined || output.id !== running.id) return;
    else if (isEvent(output)) {
      running.quietTicks = 0;
      running.onEvent(output);
    } else if (output.type === 'failure' && output.failure.kind === 'host-died') this.end(output.failure);
    else this.answer(output);
  }

  private beat(rssMiB: number): void {
    this.quietTicks = 0;
    this.rssMiB = rssMiB;
    const { memoryLimitMiB } = this.options.limits;
    if (rssMiB > memoryLimitMiB) this.end(this.failures.outOfMemory(rssMiB, memoryLimitMiB));
  }

  private tick(): void {
    const { limits } = this.options;
    if (++this.quietTicks >= limits.missedBeats) this.end(this.failures.unresponsive(limits));
    else if (this.running && ++this.running.quietTicks >= limits.stalledTicks)
      this.end(this.failures.stalled(limits));
  }

  /** A request that was cancelled ends as cancelled, whatever stopped it. */
  private answer(answer: HostAnswer): void {
    const { running } = this;
    if (running?.cancelled && answer.type === 'failure') {
      running.settle({ ...answer, failure: this.failures.cancelled });
    } else running?.settle(answer);
  }

  /** A message that cannot be delivered needs no answer of its own: the host's death gives one. */
  private send(message: ToHost): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}

function isEvent(message: FromHost): message is HostEvent {
  return ['events', 'inspectionEvent', 'compareEvent', 'profileEvent', 'claimsEvent'].includes(message.type);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
