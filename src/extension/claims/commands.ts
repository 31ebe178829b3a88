import type { Disposable, LogOutputChannel } from 'vscode';
import { registerCommand } from '../commandReport';
import type { ClaimsPanels } from './panels';

/** Registers the commands of the comparison with the paper. */
export function registerClaimsCommands(panels: ClaimsPanels, log: LogOutputChannel): Disposable[] {
  return [
    registerCommand('autoneural.comparePaper', () => panels.open(), log),
    registerCommand(
      'autoneural.openPaperComparison',
      argument => (isKept(argument) ? panels.show(argument.file) : panels.open()),
      log,
    ),
  ];
}

function isKept(value: unknown): value is { file: string } {
  return typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string';
}
