import {
  type Disposable,
  type Event,
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  window,
  workspace,
} from 'vscode';
import type { ModelInfo } from '../../protocol/models';
import type { ModelShelf } from './shelf';

/** Registers the list of models in the side bar. */
export function registerModelsView(shelf: ModelShelf): Disposable[] {
  const list = new ModelList(shelf);
  const view = window.createTreeView('autoneural.models', { treeDataProvider: list });
  const explain = () => {
    view.message = workspace.isTrusted
      ? ''
      : l10n.t('Restricted Mode: only the shipped model may run. Trust this workspace to use model folders.');
  };
  explain();
  return [list, view, workspace.onDidGrantWorkspaceTrust(explain)];
}

/** One item a bundle folder; the element is the folder's path. */
class ModelList implements TreeDataProvider<string>, Disposable {
  readonly onDidChangeTreeData: Event<void>;
  readonly #shelf: ModelShelf;
  readonly #changed = new EventEmitter<void>();
  readonly #subscription: Disposable;

  constructor(shelf: ModelShelf) {
    this.#shelf = shelf;
    this.onDidChangeTreeData = this.#changed.event;
    this.#subscription = shelf.onDidChange(() => this.#changed.fire());
  }

  getChildren(parent?: string): string[] {
    // The list appears at once with the folders' names; what the runtime knows of them is filled in.
    void this.#shelf.load();
    return parent === undefined ? this.#shelf.folders : [];
  }

  getTreeItem(bundleDir: string): TreeItem {
    const shelf = this.#shelf;
    const outcome = shelf.outcome(bundleDir);
    const chosen = shelf.choice.bundleDir === bundleDir;
    const item = new TreeItem(shelf.nameOf(bundleDir));
    item.id = bundleDir;
    item.contextValue = bundleDir === shelf.shippedDir ? 'shipped' : 'added';
    item.tooltip = new MarkdownString().appendText(bundleDir);
    if (outcome && !outcome.ok) {
      item.description = outcome.failure.message;
      item.tooltip.appendMarkdown('\n\n').appendText(outcome.failure.message);
      item.iconPath = new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
    } else {
      item.description = outcome ? describe(outcome.model) : '';
      item.iconPath = new ThemeIcon(chosen ? 'pass-filled' : 'circle-large-outline');
      item.command = { command: 'autoneural.useModel', title: l10n.t('Use Model'), arguments: [bundleDir] };
    }
    const state = chosen ? l10n.t('answers the next question') : '';
    item.accessibilityInformation = {
      label: [item.label, item.description, state].filter(Boolean).join(', '),
    };
    return item;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

function describe({ parameters, imageSize, exported }: ModelInfo): string {
  const size = l10n.t('{0} M parameters · {1} px', (parameters / 1e6).toFixed(1), imageSize);
  return exported ? l10n.t('{0} · {1} by {2}', size, exported.model, exported.recipe) : size;
}
