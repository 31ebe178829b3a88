import { commands, type Disposable, type LogOutputChannel, l10n, window } from 'vscode';
import { StudioError } from '../protocol/failure';

/** Registers a command whose failure becomes a sentence for the person, with everything else in the log. */
export function registerCommand(
  name: string,
  handler: (...parameters: unknown[]) => unknown,
  log: LogOutputChannel,
): Disposable {
  return commands.registerCommand(name, async (...parameters: unknown[]) => {
    try {
      return await handler(...parameters);
    } catch (error) {
      report(error, log);
    }
  });
}

function report(error: unknown, log: LogOutputChannel): void {
  log.error(error instanceof Error ? error : String(error));
  const message =
    error instanceof StudioError
      ? error.message
      : l10n.t('AutoNeural could not do that: {0}. The log has the details.', String(error));
  void window.showErrorMessage(message);
}
