import { synopsis } from './arguments';
import type { Command } from './command';

/** Help on one command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(
    ([name, { placeholder, description }]) =>
      [`--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`, description] as const,
  );
  const notes = command.notes.map(note => `\n${note}\n`).join('');
  return `autoneural ${synopsis(command)} [options]\n\n${sentence(command.summary)}\n\n${columns(options)}${notes}`;
}

/** Help on everything. */
export function overview(commands: readonly Command[]): string {
  const lines = commands.map(command => [synopsis(command), command.summary] as const);
  const rest = [
    ['help [COMMAND]', 'what a command takes'],
    ['--version', 'version of the program'],
  ] as const;
  const environment = 'AUTONEURAL_CACHE names the folder for derived graphs.';
  const codes =
    'Exit codes: 0 done, 1 bad input, 2 wrong usage, 3 below --fail-below or beyond --max-regression, 130 stopped.';
  return `autoneural COMMAND\n\nPrompts pictures with AutoNeural on this machine.\n\n${columns([...lines, ...rest])}\n${environment}\n${codes}\n`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
