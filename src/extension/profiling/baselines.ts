import { type Disposable, EventEmitter, l10n, type Memento } from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { BaselineVerdict } from '../../protocol/profilingView';
import type { ListedRun } from '../../protocol/runFiles';
import { maxRegressionPercent } from '../settings';
import type { ProfilingClient } from './profilingClient';
import type { RunStore } from './runStore';
import { dateWords } from './runWords';

const key = 'profiling.baselines';

/**
 * The runs of this workspace that later ones are held against: one for each model, machine, target and precision. The
 * marks are this person's and are kept beside the workspace, the runs stay as they are.
 */
export class Baselines implements Disposable {
  readonly #memento: Memento;
  readonly #runs: RunStore;
  readonly #client: ProfilingClient;
  readonly #changed = new EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(memento: Memento, runs: RunStore, client: ProfilingClient) {
    this.#memento = memento;
    this.#runs = runs;
    this.#client = client;
  }

  has({ id }: ListedRun): boolean {
    return this.#ids().includes(id);
  }

  /**
   * Marks a run, in place of the one that was the baseline of its model on its machine.
   * @throws {StudioError} `run-invalid` for a run that says too little to be one
   */
  async use(run: ListedRun): Promise<void> {
    if (run.kind === 'imported')
      throw unfit(
        l10n.t('{0} was imported from another program, which measures by other definitions', run.name),
      );
    if (run.status !== 'complete') throw unfit(l10n.t('{0} did not come to its end', run.name));
    const replaced = this.#runs.runs.filter(other => placeOf(other) === placeOf(run)).map(({ id }) => id);
    await this.#save([...this.#ids().filter(id => !replaced.includes(id)), run.id]);
  }

  async stop(run: ListedRun): Promise<void> {
    await this.#save(this.#ids().filter(id => id !== run.id));
  }

  /** How a kept run stands against its baseline; null where it has none, is the baseline, or is not complete. */
  async verdictOn(runId: string): Promise<BaselineVerdict | null> {
    await this.#runs.load();
    const run = this.#runs.find(runId);
    if (run?.status !== 'complete') return null;
    const baseline = this.#runs.runs.find(other => this.has(other) && placeOf(other) === placeOf(run));
    if (baseline === undefined || baseline.id === run.id) return null;
    const { id, date, file } = baseline;
    // Runs are often called the same.
    const name = date === null ? baseline.name : `${baseline.name} (${dateWords(date)})`;
    const maxRegression = maxRegressionPercent() / 100;
    const outcome = await this.#client.gateRun({ run: run.file, baseline: file, maxRegression });
    return outcome.ok
      ? { id, name, regressed: outcome.regressed, sentence: outcome.sentence }
      : { id, name, regressed: null, sentence: outcome.failure.message };
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #ids(): readonly string[] {
    return this.#memento.get<readonly string[]>(key, []);
  }

  async #save(ids: readonly string[]): Promise<void> {
    await this.#memento.update(key, ids);
    this.#changed.fire();
  }
}

/** Runs of one place are held against one baseline. */
function placeOf({ model, machine, target, precision }: ListedRun): string {
  return JSON.stringify([model, machine, target, precision]);
}

function unfit(why: string): StudioError {
  return new StudioError(
    'run-invalid',
    l10n.t('{0}: choose a whole run that was measured here as the baseline.', why),
  );
}
