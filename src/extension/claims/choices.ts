import path from 'node:path';
import { l10n, Uri, workspace } from 'vscode';
import type { ClaimsModel } from '../../protocol/claimsRun';
import type { ClaimsChoice } from '../../protocol/claimsView';
import type { ModelShelf } from '../models/shelf';

const presetPrefix = 'preset:';

/** The pair that small machines can hold, and the one of the paper's size. */
export const usualPair: [string, string] = [`${presetPrefix}autoneural-0.65b`, `${presetPrefix}vit-0.65b`];

/** The models that a comparison can be about: presets, model folders, and any folder a person has chosen. */
export class ClaimsChoices {
  readonly #presetDir: Uri;
  readonly #models: ModelShelf;
  #presets: readonly string[] = [];

  constructor(extensionUri: Uri, models: ModelShelf) {
    this.#presetDir = Uri.joinPath(extensionUri, 'models', 'presets');
    this.#models = models;
  }

  /** Reads what can be chosen. */
  async load(): Promise<void> {
    const [files] = await Promise.all([workspace.fs.readDirectory(this.#presetDir), this.#models.load()]);
    this.#presets = files
      .flatMap(([name]) => (name.endsWith('.json') ? [path.basename(name, '.json')] : []))
      .sort();
  }

  /** @param chosen what must be among them, known or not */
  list(chosen: readonly string[]): ClaimsChoice[] {
    const ids = [
      ...this.#presets.map(name => presetPrefix + name),
      ...this.#models.folders,
      ...chosen.filter(id => !id.startsWith(presetPrefix)),
    ];
    return [...new Set(ids)].map(id => ({ id, label: this.#label(id) }));
  }

  /** What the runtime is asked to compare; an unknown id names a file that is not there, and the runtime says so. */
  model(id: string): ClaimsModel {
    return { name: this.#name(id), configPath: this.#configPath(id) };
  }

  #configPath(id: string): string {
    if (!id.startsWith(presetPrefix)) return path.join(id, 'config.json');
    return Uri.joinPath(this.#presetDir, `${path.basename(this.#name(id))}.json`).fsPath;
  }

  #name(id: string): string {
    return id.startsWith(presetPrefix) ? id.slice(presetPrefix.length) : this.#models.nameOf(id);
  }

  #label(id: string): string {
    const name = this.#name(id);
    if (id.startsWith(presetPrefix)) return l10n.t('{0} (preset)', name);
    return id === this.#models.shippedDir
      ? l10n.t('{0} (shipped)', name)
      : l10n.t('{0} (folder {1})', name, path.basename(id));
  }
}
