import {
  type Disposable,
  EventEmitter,
  env,
  type LogOutputChannel,
  l10n,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  window,
} from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { TargetFacts, TargetFactsOutcome } from '../../protocol/profile';
import { registerCommand } from '../commandReport';
import { factsOf, type TargetFact } from './targetFacts';

type Element = TargetFacts | TargetFact;

/** What says where a bundle can run. */
export interface Targets {
  targets(): Promise<TargetFactsOutcome>;
}

/** Registers the tree of targets in the side bar, with its commands. */
export function registerTargetsView(targets: Targets, log: LogOutputChannel): Disposable[] {
  const tree = new TargetTree(targets);
  const view = window.createTreeView<Element>('autoneural.targets', { treeDataProvider: tree });
  tree.onDidFail(message => {
    view.message = message;
  });
  const copy = async () => {
    const outcome = await targets.targets();
    if (!outcome.ok) throw new StudioError(outcome.failure.kind, outcome.failure.message);
    await env.clipboard.writeText(outcome.diagnostics);
    void window.showInformationMessage(l10n.t('The diagnostics are in the clipboard.'));
  };
  return [
    tree,
    view,
    registerCommand('autoneural.refreshTargets', () => tree.refresh(), log),
    registerCommand('autoneural.copyDiagnostics', copy, log),
  ];
}

/** Asked anew whenever it is refreshed: temperatures change, and so does what is installed. */
class TargetTree implements TreeDataProvider<Element>, Disposable {
  readonly #targets: Targets;
  readonly #changed = new EventEmitter<void>();
  readonly #failed = new EventEmitter<string>();
  readonly onDidChangeTreeData = this.#changed.event;
  /** Why there is no tree; '' when there is one. */
  readonly onDidFail = this.#failed.event;

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  refresh(): void {
    this.#changed.fire();
  }

  async getChildren(parent?: Element): Promise<Element[]> {
    if (parent !== undefined) return 'id' in parent ? factsOf(parent) : [];
    const outcome = await this.#targets.targets();
    this.#failed.fire(outcome.ok ? '' : outcome.failure.message);
    return outcome.ok ? outcome.targets : [];
  }

  getTreeItem(element: Element): TreeItem {
    return 'id' in element ? targetItem(element) : factItem(element);
  }

  dispose(): void {
    this.#changed.dispose();
    this.#failed.dispose();
  }
}

function targetItem({ id, label, available, reason, missing }: TargetFacts): TreeItem {
  const item = new TreeItem(
    label,
    available ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed,
  );
  item.id = id;
  item.contextValue = 'target';
  item.description = available ? id : l10n.t('not available');
  item.tooltip = new MarkdownString().appendText([label, id, reason ?? ''].filter(Boolean).join('\n'));
  item.iconPath = available
    ? new ThemeIcon('vm')
    : new ThemeIcon('circle-slash', new ThemeColor('disabledForeground'));
  const gaps = missing.length === 0 ? '' : l10n.t('{0} things missing', String(missing.length));
  item.accessibilityInformation = { label: [label, item.description, gaps].filter(Boolean).join(', ') };
  return item;
}

function factItem({ name, value, missing }: TargetFact): TreeItem {
  const item = new TreeItem(name);
  item.description = value;
  item.tooltip = new MarkdownString().appendText(`${name}: ${value}`);
  if (missing) item.iconPath = new ThemeIcon('info');
  item.accessibilityInformation = { label: `${name}, ${value}` };
  return item;
}
