import { commands, type Disposable } from 'vscode';
import type { PromptPanels } from './prompt/panels';

/** Tells the manifest's `when` clauses how the active prompt panel is; set only when they change. */
export function maintainContextKeys(prompts: PromptPanels): Disposable {
  const known = new Map<string, boolean>();
  const set = (key: string, value: boolean) => {
    if (known.get(key) !== value) {
      known.set(key, value);
      void commands.executeCommand('setContext', `autoneural.${key}`, value);
    }
  };
  return prompts.onDidChange(() => {
    const session = prompts.active?.session;
    set('panelActive', session !== undefined);
    set('answering', session?.running !== undefined);
    set('hasCards', (session?.cards.length ?? 0) > 0);
    set('hasAnswer', (session?.cards.at(-1)?.answer ?? '') !== '');
  });
}
