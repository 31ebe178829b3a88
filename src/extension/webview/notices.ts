import { type LogOutputChannel, l10n } from 'vscode';
import { StudioError } from '../../protocol/failure';

/** Does what a view asked for; a failure goes to the log and becomes a notice in that view. */
export async function noticeFailure(
  panel: { notice(message: string): void },
  log: LogOutputChannel,
  work: () => unknown,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    panel.notice(
      error instanceof StudioError ? error.message : l10n.t('That failed: {0}. See the log.', String(error)),
    );
  }
}
