import { commands, l10n, type QuickPickItem, window } from 'vscode';

interface ActionItem extends QuickPickItem {
  command: string;
}

/** What a click on the status bar item offers. */
export async function showActions(): Promise<void> {
  const items: ActionItem[] = [
    { label: l10n.t('$(file-media) Prompt Picture…'), command: 'autoneural.promptPicture' },
    { label: l10n.t('$(comment) New Prompt'), command: 'autoneural.newPrompt' },
    { label: l10n.t('$(list-selection) Use Another Model…'), command: 'autoneural.useModel' },
    { label: l10n.t('$(folder-opened) Select Model Folder…'), command: 'autoneural.selectModelFolder' },
    { label: l10n.t('$(debug-restart) Restart Runtime'), command: 'autoneural.restartRuntime' },
    { label: l10n.t('$(output) Show Log'), command: 'autoneural.showLog' },
  ];
  const picked = await window.showQuickPick(items, { title: 'AutoNeural' });
  if (picked) {
    await commands.executeCommand(picked.command);
  }
}
