import path from 'node:path';
import { commands, l10n, Uri, window, workspace } from 'vscode';
import type { ClaimsReport } from '../../protocol/claims';
import type { ClaimsForm, FromClaimsView } from '../../protocol/claimsView';
import { noticeFailure } from '../webview/notices';
import type { ClaimsPanel } from './panel';
import type { ClaimsServices } from './services';

type Export = Extract<FromClaimsView, { type: 'export' }>['content'];

/** Does what a message of the view asks for; a failure becomes a notice in the view. */
export async function act(
  message: FromClaimsView,
  panel: ClaimsPanel,
  services: ClaimsServices,
): Promise<void> {
  await noticeFailure(panel, services.log, () => perform(message, panel, services));
}

async function perform(
  message: FromClaimsView,
  panel: ClaimsPanel,
  services: ClaimsServices,
): Promise<unknown> {
  const { session } = panel;
  switch (message.type) {
    case 'ready':
      return;
    case 'plan':
      return panel.plan(message.form);
    case 'run':
      return run(message.form, panel, services);
    case 'cancel':
      return session.cancel();
    case 'chooseFolder':
      return chooseFolder(message.which, panel);
    case 'openFile':
      return openFile(session.content.file);
    case 'openMemoryLimit':
      return commands.executeCommand('workbench.action.openSettings', 'autoneural.memoryLimitMiB');
    case 'export':
      return saveExport(panel, message.content);
    case 'restart':
      return services.runtime.restart();
    case 'showLog':
      return services.log.show();
  }
}

async function run(form: ClaimsForm, panel: ClaimsPanel, services: ClaimsServices): Promise<void> {
  const { choices, session } = panel;
  const [ours, baseline] = form.models;
  await session.measure(form, [choices.model(ours), choices.model(baseline)], async report => {
    const file = path.join(services.runs.folderFor(services.extensionUri.fsPath), fileName(report));
    const written = await services.client.write(file, report);
    services.runs.refresh();
    if (written.ok) return file;
    // What was measured stays in the panel, where it can be exported.
    panel.notice(written.failure.message);
    return null;
  });
}

/** `2026-11-21T16-20-05-autoneural-0.65b-against-vit-0.65b.json`: sorts by time, and is a file name everywhere. */
function fileName({ date, contenders: [ours, baseline] }: ClaimsReport): string {
  const words = `${date.slice(0, 19)}-${ours.name}-against-${baseline.name}`;
  return `${words.replace(/[^\w.-]+/g, '-').slice(0, 120)}.json`;
}

async function chooseFolder(which: 0 | 1, panel: ClaimsPanel): Promise<void> {
  const folders = await window.showOpenDialog({
    title: l10n.t('Compare with the Paper'),
    openLabel: l10n.t('Choose Model Folder'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  const folder = folders?.[0]?.fsPath;
  if (folder === undefined) return;
  const { form } = panel.session.content;
  const [ours, baseline] = form.models;
  panel.plan({ ...form, models: which === 0 ? [folder, baseline] : [ours, folder] });
}

async function openFile(file: string | null): Promise<void> {
  if (file !== null) await window.showTextDocument(Uri.file(file), { preview: true });
}

const exportFilters = {
  png: { [l10n.t('Picture')]: ['png'] },
  csv: { [l10n.t('Table')]: ['csv'] },
  html: { [l10n.t('Page')]: ['html'] },
};

async function saveExport(panel: ClaimsPanel, content: Export): Promise<void> {
  const { report } = panel.session;
  const name = `${report ? path.basename(fileName(report), '.json') : 'comparison'}.${content.kind}`;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const uri = await window.showSaveDialog({
    title: l10n.t('Export Comparison'),
    filters: exportFilters[content.kind],
    defaultUri: folder ? Uri.joinPath(folder, name) : Uri.file(path.resolve(name)),
  });
  if (!uri) return;
  const bytes = content.kind === 'png' ? content.bytes : new TextEncoder().encode(content.text);
  await workspace.fs.writeFile(uri, bytes);
  panel.notice(l10n.t('Saved as {0}.', workspace.asRelativePath(uri)));
}
