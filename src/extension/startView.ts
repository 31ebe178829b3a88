import { type Disposable, window } from 'vscode';

/** The view that says what this is for: always empty, so that the editor shows the manifest's `viewsWelcome` in it. */
export function registerStartView(): Disposable {
  return window.registerTreeDataProvider<never>('autoneural.start', {
    getChildren: () => [],
    getTreeItem: item => item,
  });
}
