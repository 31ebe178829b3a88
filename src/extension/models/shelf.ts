import path from 'node:path';
import * as v from 'valibot';
import { type Disposable, type Event, EventEmitter, type Memento, workspace } from 'vscode';
import type { ModelInfo, ModelOutcome, TargetInfo } from '../../protocol/models';
import { type ModelChoice, modelChoiceSchema } from '../../protocol/prompt';
import type { RuntimeDoor } from '../runtimeDoor';
import { configuredModelFolders, section } from '../settings';
import { mayRun } from './folders';

const choiceKey = 'models.choice';

/** The bundles this window may use (the shipped one and those of the settings), and which build answers next. */
export class ModelShelf implements Disposable {
  readonly onDidChange: Event<void>;
  readonly shippedDir: string;
  readonly #runtime: RuntimeDoor;
  readonly #memento: Memento;
  readonly #changed = new EventEmitter<void>();
  readonly #outcomes = new Map<string, ModelOutcome>();
  readonly #subscriptions: Disposable[];
  #targets: TargetInfo[] = [];
  #choice: ModelChoice;
  #loading: Promise<void> | undefined;

  constructor(shippedDir: string, runtime: RuntimeDoor, memento: Memento) {
    this.shippedDir = shippedDir;
    this.#runtime = runtime;
    this.#memento = memento;
    this.onDidChange = this.#changed.event;
    const saved = v.safeParse(modelChoiceSchema, memento.get(choiceKey));
    this.#choice = saved.success ? saved.output : this.#defaultChoice();
    this.#subscriptions = [
      workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration(`${section}.modelFolders`)) {
          this.#foldersChanged();
        }
      }),
      workspace.onDidGrantWorkspaceTrust(() => this.#foldersChanged()),
    ];
  }

  /** Bundle folders in the order they are listed: the shipped one first. Restricted Mode has only that one. */
  get folders(): string[] {
    const all = [...new Set([this.shippedDir, ...configuredModelFolders()])];
    return all.filter(dir => mayRun(dir, this.shippedDir, workspace.isTrusted));
  }

  /** What is known of each folder after {@link load}; undefined before. */
  outcome(bundleDir: string): ModelOutcome | undefined {
    return this.#outcomes.get(bundleDir);
  }

  /** The bundles that can be opened. */
  get models(): ModelInfo[] {
    return this.folders.flatMap(dir => {
      const outcome = this.#outcomes.get(dir);
      return outcome?.ok ? [outcome.model] : [];
    });
  }

  get targets(): TargetInfo[] {
    return this.#targets;
  }

  /** The build that answers the next question. A folder that is gone from the settings gives way to the shipped one. */
  get choice(): ModelChoice {
    const choice = this.folders.includes(this.#choice.bundleDir) ? this.#choice : this.#defaultChoice();
    // A folder of quantized graphs has a precision of its own, which no other has.
    const known = this.#outcomes.get(choice.bundleDir);
    const [first] = known?.ok ? known.model.precisions : [];
    const fits = !known?.ok || known.model.precisions.includes(choice.precision);
    return fits || first === undefined ? choice : { ...choice, precision: first };
  }

  nameOf(bundleDir: string): string {
    const outcome = this.#outcomes.get(bundleDir);
    return outcome?.ok ? outcome.model.name : path.basename(bundleDir);
  }

  /** Takes what is given and keeps the rest; remembered for this workspace. */
  async choose(part: Partial<ModelChoice>): Promise<void> {
    const choice = { ...this.choice, ...part };
    if (!this.folders.includes(choice.bundleDir)) {
      return;
    }
    this.#choice = choice;
    this.#changed.fire();
    await this.#memento.update(choiceKey, choice);
  }

  /** Asks the runtime about every folder and the targets, once; a second call waits for the first. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Asks again about the folders that are new or could not be opened, e.g. after they were repaired. */
  reload(): Promise<void> {
    this.#loading = undefined;
    return this.load();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#changed.dispose();
  }

  async #load(): Promise<void> {
    const unknown = this.folders.filter(dir => !this.#outcomes.get(dir)?.ok);
    const [targets, ...outcomes] = await Promise.all([
      this.#runtime.targets(),
      ...unknown.map(dir => this.#runtime.model(dir)),
    ]);
    this.#targets = targets;
    for (const [index, bundleDir] of unknown.entries()) {
      const outcome = outcomes[index];
      // A dead runtime says nothing about a bundle; the next look asks again.
      if (outcome && (outcome.ok || outcome.failure.kind !== 'host-died')) {
        this.#outcomes.set(bundleDir, outcome);
      } else {
        this.#loading = undefined;
      }
    }
    this.#changed.fire();
  }

  /** Nothing is asked of the runtime before somebody needed it. */
  #foldersChanged(): void {
    this.#changed.fire();
    if (this.#loading) {
      void this.reload();
    }
  }

  #defaultChoice(): ModelChoice {
    return { bundleDir: this.shippedDir, precision: 'fp32', target: 'local-cpu' };
  }
}
