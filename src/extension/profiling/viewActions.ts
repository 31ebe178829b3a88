import path from 'node:path';
import { commands, l10n, Uri, window, workspace } from 'vscode';
import type { FromProfilingView, ProfileForm } from '../../protocol/profilingView';
import type { RunRecord } from '../../protocol/runRecord';
import { pickPicture } from '../prompt/chosenPicture';
import { noticeFailure } from '../webview/notices';
import { importRuns } from './importRuns';
import type { ProfilingPanel } from './panel';
import type { ProfilingServices } from './services';

type Export = Extract<FromProfilingView, { type: 'export' }>['content'];

/** Does what a message of the view asks for; a failure becomes a notice in the view. */
export async function act(
  message: FromProfilingView,
  panel: ProfilingPanel,
  services: ProfilingServices,
): Promise<void> {
  await noticeFailure(panel, services.log, () => perform(message, panel, services));
}

async function perform(
  message: FromProfilingView,
  panel: ProfilingPanel,
  services: ProfilingServices,
): Promise<unknown> {
  const { session } = panel;
  switch (message.type) {
    case 'ready':
      return;
    case 'run':
      return run(message.form, panel, services);
    case 'cancel':
      return session.cancel();
    case 'choose': {
      const { choice } = session.content;
      const { type: _, ...change } = message;
      return choice && session.choose({ choice: { ...choice, ...change } });
    }
    case 'choosePicture':
      return choosePicture(message.form, panel);
    case 'overlay':
      return overlay(message.id, panel, services);
    case 'removeRun':
      return session.remove(message.id);
    case 'openRun':
      return openRun(message.id, panel);
    case 'importRun': {
      for (const imported of await importRuns(services)) session.add(imported);
      return;
    }
    case 'inspectQuantization':
      return commands.executeCommand(
        'autoneural.inspectQuantization',
        session.content.choice && Uri.file(session.content.choice.bundleDir),
      );
    case 'export':
      return saveExport(panel, message.content);
    case 'exportTrace':
      return saveTrace(panel, services);
    case 'restart':
      return services.runtime.restart();
    case 'showLog':
      return services.log.show();
  }
}

/** A run without a picture cannot be: it is asked for first. */
async function run(form: ProfileForm, panel: ProfilingPanel, services: ProfilingServices): Promise<void> {
  const { session } = panel;
  takeForm(form, panel);
  if (session.content.settings.imagePath === '' && !(await choosePicture(form, panel))) return;
  const near = session.content.choice?.bundleDir ?? '';
  await session.measure(async (record: RunRecord) => {
    try {
      return await services.runs.save(record, near);
    } catch (error) {
      // What was measured stays in the panel, where it can be exported.
      panel.notice(error instanceof Error ? error.message : String(error));
      return null;
    }
  });
  if (session.run.state === 'done') await tellVerdict(panel);
}

/** Whether the new run is slower than its baseline is said wherever the person looks by then. */
async function tellVerdict(panel: ProfilingPanel): Promise<void> {
  const verdict = await panel.lookAtBaseline();
  if (!verdict) return;
  const both = l10n.t('Show Both');
  const message = l10n.t('{0} against the baseline {1}: {2}', panel.title, verdict.name, verdict.sentence);
  const show = verdict.regressed ? window.showWarningMessage : window.showInformationMessage;
  void show(message, both).then(answer => {
    if (answer !== both) return;
    panel.reveal();
    void panel.perform({ type: 'overlay', id: verdict.id });
  });
}

function takeForm(form: ProfileForm, { session }: ProfilingPanel): void {
  const { imagePath } = session.content.settings;
  session.choose({ settings: { ...form, imagePath } });
}

async function choosePicture(form: ProfileForm, panel: ProfilingPanel): Promise<boolean> {
  takeForm(form, panel);
  const picture = await pickPicture({
    title: l10n.t('Profile Throughput'),
    placeHolder: l10n.t('Choose the picture of the prompt that is profiled'),
    openLabel: l10n.t('Choose Picture'),
  });
  if (!picture) return false;
  if (picture.scheme !== 'file') {
    panel.notice(l10n.t('Only a picture on this machine can be profiled: choose one of a local folder.'));
    return false;
  }
  panel.session.choose({ settings: { ...form, imagePath: picture.fsPath } });
  return true;
}

async function overlay(
  id: string | undefined,
  panel: ProfilingPanel,
  { runs }: ProfilingServices,
): Promise<void> {
  const found = id === undefined ? undefined : runs.find(id);
  if (!found) return panel.notice(l10n.t('That run is not there any more.'));
  panel.session.add({ record: await runs.read(found.file), file: found.file });
}

async function openRun(id: string, { session }: ProfilingPanel): Promise<void> {
  const file = session.runs.find(({ record }) => record.id === id)?.file;
  if (file != null) await window.showTextDocument(Uri.file(file), { preview: true });
}

const exportFilters = {
  png: { [l10n.t('Picture')]: ['png'] },
  csv: { [l10n.t('Table')]: ['csv'] },
  html: { [l10n.t('Page')]: ['html'] },
};

async function saveTrace(panel: ProfilingPanel, { client }: ProfilingServices): Promise<void> {
  const [first] = panel.session.runs;
  const uri = first && (await askWhere(panel, 'trace.json', { [l10n.t('Trace')]: ['json'] }));
  if (!uri) return;
  const outcome = await client.traceRun(uri.fsPath, first.record);
  panel.notice(
    outcome.ok
      ? l10n.t('Saved as {0}: open it in chrome://tracing or ui.perfetto.dev.', workspace.asRelativePath(uri))
      : outcome.failure.message,
  );
}

async function saveExport(panel: ProfilingPanel, content: Export): Promise<void> {
  const uri = await askWhere(panel, content.kind, exportFilters[content.kind]);
  if (!uri) return;
  const bytes = content.kind === 'png' ? content.bytes : new TextEncoder().encode(content.text);
  await workspace.fs.writeFile(uri, bytes);
  panel.notice(l10n.t('Saved as {0}.', workspace.asRelativePath(uri)));
}

async function askWhere(
  { session }: ProfilingPanel,
  ending: string,
  filters: Record<string, string[]>,
): Promise<Uri | undefined> {
  const name = `${session.runs[0]?.record.id ?? 'run'}.${ending}`;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return window.showSaveDialog({
    title: l10n.t('Export Run'),
    filters,
    defaultUri: folder ? Uri.joinPath(folder, name) : Uri.file(path.resolve(name)),
  });
}
