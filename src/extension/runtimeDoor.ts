import { type Disposable, type Event, EventEmitter, l10n, workspace } from 'vscode';
import type { Failure } from '../protocol/failure';
import type { ModelOutcome, TargetInfo } from '../protocol/models';
import type { ModelChoice } from '../protocol/prompt';
import type { HostState } from '../protocol/runtime';
import { mayRun } from './models/folders';
import type { Compare } from './prompt/comparisons';
import type { Answer } from './prompt/session';
import type { RuntimeClient, RuntimeState } from './runtime/client';
import { requestComparison } from './runtime/compareClient';

/**
 * The one way of the extension's features to the runtime. It refuses what Restricted Mode forbids, whichever command,
 * message or setting asked for it, and remembers how the model hosts are.
 */
export class RuntimeDoor implements Disposable {
  readonly onDidChangeState: Event<RuntimeState>;
  /** The runtime or one of its model hosts changed its state. */
  readonly onDidChange: Event<void>;
  readonly #client: RuntimeClient;
  readonly #shippedDir: string;
  readonly #changed = new EventEmitter<void>();
  readonly #hosts = new Map<string, HostState>();
  readonly #subscriptions: Disposable[];

  constructor(client: RuntimeClient, shippedDir: string) {
    this.#client = client;
    this.#shippedDir = shippedDir;
    this.onDidChangeState = client.onDidChangeState;
    this.onDidChange = this.#changed.event;
    this.#subscriptions = [
      client.onDidChangeState(({ state }) => {
        if (state === 'stopped') {
          this.#hosts.clear();
        }
        this.#changed.fire();
      }),
      client.onDidChangeHost(host => {
        this.#hosts.set(keyOf(host), host);
        // Whoever asked shows that it answers; drawing it here would hold up the first token.
        if (host.state !== 'busy') this.#changed.fire();
      }),
    ];
  }

  get state(): RuntimeState {
    return this.#client.state;
  }

  /** The model host of a build, as it last spoke of itself. */
  hostOf(choice: ModelChoice): HostState | undefined {
    return this.#hosts.get(keyOf(choice));
  }

  readonly prompt: Answer = async (choice, input, onEvent, signal) => {
    const failure = this.#refusal(choice.bundleDir);
    return failure ? { ok: false, failure } : this.#client.prompt(choice, input, onEvent, signal);
  };

  readonly compare: Compare = async (a, b, input, onEvent, signal) => {
    const failure = this.#refusal(a.bundleDir) ?? this.#refusal(b.bundleDir);
    return failure
      ? { ok: false, failure }
      : requestComparison(this.#client, { a, b, input }, onEvent, signal);
  };

  /** Has the model loaded by the time the first question is typed. */
  async warm(choice: ModelChoice): Promise<void> {
    if (!this.#refusal(choice.bundleDir)) {
      await this.#client.warm(choice);
    }
  }

  /** Reads and verifies a bundle's description. */
  async model(bundleDir: string): Promise<ModelOutcome> {
    const failure = this.#refusal(bundleDir);
    return failure ? { ok: false, failure } : this.#client.model(bundleDir);
  }

  /** Where a bundle can run; empty where the runtime cannot say. */
  async targets(): Promise<TargetInfo[]> {
    const outcome = await this.#client.targets();
    return outcome.ok ? outcome.targets : [];
  }

  /** Ends idle and dead hosts, or a dead runtime. Asks nothing again: what was asked may be what did the harm. */
  restart(): Promise<void> {
    return this.#client.restart();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#changed.dispose();
  }

  #refusal(bundleDir: string): Failure | undefined {
    if (mayRun(bundleDir, this.#shippedDir, workspace.isTrusted)) {
      return undefined;
    }
    return {
      kind: 'usage',
      message: l10n.t(
        'The model in {0} does not run in Restricted Mode, where only the shipped one may: trust this workspace first.',
        bundleDir,
      ),
    };
  }
}

function keyOf({ bundleDir, precision, target }: Pick<HostState, keyof ModelChoice>): string {
  return JSON.stringify([bundleDir, precision, target]);
}
