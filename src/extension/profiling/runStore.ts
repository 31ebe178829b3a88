import path from 'node:path';
import { type Disposable, EventEmitter, l10n, RelativePattern, Uri, workspace } from 'vscode';
import type { ListedClaims } from '../../protocol/claimsRun';
import { type Failure, StudioError } from '../../protocol/failure';
import type { ListedRun } from '../../protocol/runFiles';
import type { RunRecord } from '../../protocol/runRecord';
import type { ProfilingClient } from './profilingClient';

/** Below every workspace folder. */
const runsFolder = path.join('.autoneural', 'runs');

/** A record file that cannot be read, and why. */
export interface BrokenRun {
  file: string;
  reason: string;
}

/**
 * The kept runs of the workspace: one JSON file each under `.autoneural/runs/` of its folders; without a folder, under
 * the extension's own storage.
 */
export class RunStore implements Disposable {
  readonly #client: ProfilingClient;
  readonly #storage: Uri;
  readonly #changed = new EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: Disposable[] = [];
  #watchers: Disposable[] = [];
  #runs: readonly ListedRun[] = [];
  #claims: readonly ListedClaims[] = [];
  #broken: readonly BrokenRun[] = [];
  #problem: string | undefined;
  #looking: Promise<void> | undefined;

  /** @param storage where runs are kept while no folder is open */
  constructor(client: ProfilingClient, storage: Uri) {
    this.#client = client;
    this.#storage = storage;
    this.#watch();
    this.#subscriptions.push(
      workspace.onDidChangeWorkspaceFolders(() => {
        this.#watch();
        this.#filesChanged();
      }),
      workspace.onDidGrantWorkspaceTrust(() => this.#filesChanged()),
    );
  }

  /** As {@link load} found them, the latest first. */
  get runs(): readonly ListedRun[] {
    return this.#runs;
  }

  /** Comparisons with the paper, the latest first. */
  get claims(): readonly ListedClaims[] {
    return this.#claims;
  }

  get broken(): readonly BrokenRun[] {
    return this.#broken;
  }

  /** Why there is no list. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Folders that runs are read from; the next run is written to the one of the workspace folder that holds `near`. */
  folderFor(near: string): string {
    const roots = workspaceRoots();
    const holding = roots.find(root => !path.relative(root, near).startsWith('..'));
    return path.join(...this.#placeOf(holding ?? roots[0]));
  }

  /** Where the next run is kept, for people. */
  describePlace(near: string): string {
    const folder = this.folderFor(near);
    if (!workspace.isTrusted) return l10n.t('Nothing is kept in Restricted Mode.');
    return workspaceRoots().length > 0
      ? l10n.t('The run is kept in {0}.', workspace.asRelativePath(folder))
      : l10n.t('No folder is open: the run is kept in {0}.', folder);
  }

  /** Reads the list, once; changes of files are followed from then on. */
  load(): Promise<void> {
    this.#looking ??= this.#look();
    return this.#looking;
  }

  /** Looks at the folders again, where somebody has looked before. */
  refresh(): void {
    this.#filesChanged();
  }

  find(id: string): ListedRun | undefined {
    return this.#runs.find(run => run.id === id);
  }

  /** @throws {StudioError} where the file is gone or cannot be read */
  async read(file: string): Promise<RunRecord> {
    const outcome = await this.#client.readRun(file);
    if (!outcome.ok) throw errorOf(outcome.failure);
    const [record] = outcome.records;
    if (!record) throw new StudioError('run-invalid', l10n.t('{0} holds no run.', path.basename(file)));
    return record;
  }

  /** Keeps a new run. @returns its file; @throws {StudioError} where it cannot be written */
  async save(record: RunRecord, near: string): Promise<string> {
    const file = path.join(this.folderFor(near), `${record.id}.json`);
    await this.#write(file, record);
    return file;
  }

  /** @throws {StudioError} where the file is gone or cannot be written */
  async rename(file: string, name: string): Promise<void> {
    await this.#write(file, { ...(await this.read(file)), name });
  }

  async #write(file: string, record: RunRecord): Promise<void> {
    const outcome = await this.#client.writeRun(file, record);
    if (!outcome.ok) throw errorOf(outcome.failure);
    this.#filesChanged();
    await this.load();
  }

  /** Moves the file to the trash where there is one. */
  async delete(file: string): Promise<void> {
    const uri = Uri.file(file);
    try {
      await workspace.fs.delete(uri, { useTrash: true });
    } catch {
      // A remote machine has no trash.
      await workspace.fs.delete(uri);
    }
    this.#filesChanged();
  }

  dispose(): void {
    for (const subscription of [...this.#watchers, ...this.#subscriptions]) subscription.dispose();
    this.#changed.dispose();
  }

  #placeOf(root: string | undefined): string[] {
    return root === undefined ? [this.#storage.fsPath, 'runs'] : [root, runsFolder];
  }

  async #look(): Promise<void> {
    const roots = workspaceRoots();
    const folders = (roots.length > 0 ? roots : [undefined]).map(root => path.join(...this.#placeOf(root)));
    const outcome = await this.#client.listRuns(folders);
    this.#problem = outcome.ok ? undefined : outcome.failure.message;
    if (outcome.ok) {
      this.#runs = outcome.runs;
      this.#claims = outcome.claims;
      this.#broken = outcome.broken;
    } else this.#looking = undefined;
    this.#changed.fire();
  }

  /** Nothing is read again before somebody needed the list. */
  #filesChanged(): void {
    if (!this.#looking) return;
    this.#looking = undefined;
    void this.load();
  }

  #watch(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    const changed = () => this.#filesChanged();
    this.#watchers = workspaceRoots().flatMap(root => {
      // Without `**` the editor would watch the folder itself and nothing below it.
      const pattern = new RelativePattern(Uri.file(root), '**/.autoneural/runs/*.json');
      const watcher = workspace.createFileSystemWatcher(pattern);
      return [
        watcher,
        watcher.onDidCreate(changed),
        watcher.onDidChange(changed),
        watcher.onDidDelete(changed),
      ];
    });
  }
}

function workspaceRoots(): string[] {
  const folders = workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}

function errorOf({ kind, message }: Failure): StudioError {
  return new StudioError(kind, message);
}
