import path from 'node:path';
import {
  Disposable,
  type Event,
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { ListedClaims } from '../../protocol/claimsRun';
import type { ListedRun } from '../../protocol/runFiles';
import { claimsItem } from '../claims/claimsItem';
import type { Baselines } from './baselines';
import type { BrokenRun, RunStore } from './runStore';
import { describeRun } from './runWords';

/** An element of the list: a run, a comparison with the paper, or a file that cannot be read. */
export type RunElement = ListedRun | ListedClaims | BrokenRun;

/** Registers the list of kept runs in the side bar. */
export function registerRunsView(store: RunStore, baselines: Baselines): Disposable {
  const list = new RunList(store, baselines);
  const view = window.createTreeView<RunElement>('autoneural.runs', {
    treeDataProvider: list,
    canSelectMany: true,
  });
  const explain = () => {
    view.message = workspace.isTrusted
      ? (store.problem ?? '')
      : l10n.t('Restricted Mode: runs are neither read nor measured. Trust this workspace first.');
  };
  explain();
  return Disposable.from(
    list,
    view, // Watchers of files may miss some, on network drives above all.
    view.onDidChangeVisibility(({ visible }) => visible && store.refresh()),
    store.onDidChange(explain),
    workspace.onDidGrantWorkspaceTrust(explain),
  );
}

class RunList implements TreeDataProvider<RunElement> {
  readonly onDidChangeTreeData: Event<void>;
  readonly #store: RunStore;
  readonly #baselines: Baselines;
  readonly #changed = new EventEmitter<void>();
  readonly #subscription: Disposable;

  constructor(store: RunStore, baselines: Baselines) {
    this.#store = store;
    this.#baselines = baselines;
    this.onDidChangeTreeData = this.#changed.event;
    const changed = () => this.#changed.fire();
    this.#subscription = Disposable.from(store.onDidChange(changed), baselines.onDidChange(changed));
  }

  async getChildren(parent?: RunElement): Promise<RunElement[]> {
    if (parent !== undefined) return [];
    if (workspace.isTrusted) await this.#store.load();
    const { runs, claims, broken } = this.#store;
    const dated = [...runs, ...claims].sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
    return [...dated, ...broken];
  }

  getTreeItem(element: RunElement): TreeItem {
    const item = this.#itemOf(element);
    item.id = element.file;
    item.resourceUri = Uri.file(element.file);
    item.accessibilityInformation = { label: [item.label, item.description].filter(Boolean).join(', ') };
    return item;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #itemOf(element: RunElement): TreeItem {
    if ('reason' in element) return brokenItem(element);
    return 'verdicts' in element ? claimsItem(element) : runItem(element, this.#baselines.has(element));
  }
}

function runItem(run: ListedRun, baseline: boolean): TreeItem {
  const item = new TreeItem(run.name);
  const description = describeRun(run, baseline);
  item.contextValue = baseline ? 'run.baseline' : 'run';
  item.description = description;
  item.iconPath = iconOf(run, baseline);
  item.tooltip = new MarkdownString()
    .appendText(run.name)
    .appendMarkdown('\n\n')
    .appendText(description)
    .appendMarkdown('\n\n')
    .appendText(run.file);
  item.command = { command: 'autoneural.openRun', title: l10n.t('Open Run'), arguments: [run] };
  return item;
}

function iconOf({ kind }: ListedRun, baseline: boolean): ThemeIcon {
  if (baseline) return new ThemeIcon('bookmark');
  return new ThemeIcon(kind === 'imported' ? 'cloud-download' : 'graph-line');
}

function brokenItem({ file, reason }: BrokenRun): TreeItem {
  const item = new TreeItem(path.basename(file));
  item.contextValue = 'brokenRun';
  item.description = reason;
  item.iconPath = new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  item.tooltip = new MarkdownString().appendText(reason);
  return item;
}
