#!/usr/bin/env node
/** The command line: reads the arguments, runs one command, turns every failure into one sentence and an exit code. */
import { version } from '../../package.json';
import { type FailureKind, StudioError } from '../protocol/failure';
import { withOptions } from './advice';
import { didYouMean, readArguments, usage } from './arguments';
import type { Command, Given, Terminal } from './command';
import { buildCommand } from './commands/build';
import { compareCommand } from './commands/compare';
import { devicesCommand } from './commands/devices';
import { evaluateCommand } from './commands/evaluate';
import { inspectCommand } from './commands/inspect';
import { profileCommand } from './commands/profile';
import { profileImportCommand } from './commands/profileImport';
import { profileTraceCommand } from './commands/profileTrace';
import { promptCommand } from './commands/prompt';
import { quantizeApplyCommand } from './commands/quantizeApply';
import { quantizeInspectCommand } from './commands/quantizeInspect';
import { quantizeRangesCommand } from './commands/quantizeRanges';
import { commandHelp, overview } from './help';
import { nearest } from './nearest';

const commands: readonly Command[] = [
  promptCommand,
  evaluateCommand,
  buildCommand,
  compareCommand,
  inspectCommand,
  quantizeInspectCommand,
  quantizeApplyCommand,
  quantizeRangesCommand,
  profileCommand,
  profileImportCommand,
  profileTraceCommand,
  devicesCommand,
];
const commandNames = commands.map(({ name }) => name);
const firstWords = [...new Set(commandNames.map(name => name.split(' ')[0] ?? name))];
const helpFlags = ['--help', '-h'];

const exitCodes: Partial<Record<FailureKind, number>> = { usage: 2, 'precision-unknown': 2, cancelled: 130 };

async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  const [name, ...rest] = joinedName(args);
  if (name === undefined) throw usage(`Name a command: ${firstWords.join(', ')} or help.`);
  if (name === '--version') terminal.stdout.write(`${version}\n`);
  else if (name === 'help' || helpFlags.includes(name)) terminal.stdout.write(help(joinedName(rest)[0]));
  else {
    const command = find(name);
    const optionsEnd = rest.indexOf('--');
    const beforeEnd = optionsEnd < 0 ? rest : rest.slice(0, optionsEnd);
    if (beforeEnd.some(arg => helpFlags.includes(arg))) terminal.stdout.write(commandHelp(command));
    else await running(command, readArguments(command, rest), terminal);
  }
}

async function running(command: Command, given: Given, terminal: Terminal): Promise<void> {
  try {
    await command.run(given, terminal);
  } catch (error) {
    throw withOptions(error, command);
  }
}

/** The first two words as one where a command has them both: `quantize inspect`. */
function joinedName(args: readonly string[]): readonly string[] {
  const two = args.slice(0, 2).join(' ');
  return commandNames.includes(two) ? [two, ...args.slice(2)] : args;
}

function help(name: string | undefined): string {
  return name === undefined ? overview(commands) : commandHelp(find(name));
}

function find(name: string): Command {
  const command = commands.find(each => each.name === name);
  if (command !== undefined) return command;
  const below = commandNames.filter(each => each.startsWith(`${name} `));
  if (below.length > 0) throw usage(`${name} has ${below.length} commands: ${below.join(', ')}.`);
  const names = [...firstWords, 'help'];
  const what = name.startsWith('-')
    ? `The option ${name} stands before the command or`
    : `The command ${name}`;
  const meant = didYouMean(nearest(name, [...names, '--help', '--version']));
  throw usage(`${what} is not known${meant || `: there are ${names.join(', ')}.`}`);
}

function report(error: unknown): void {
  if (error instanceof StudioError) {
    process.exitCode = exitCodes[error.kind] ?? 1;
    process.stderr.write(`${error.message}\n`);
    return;
  }
  process.exitCode = 1;
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  process.stderr.write(`autoneural failed unexpectedly (${reason}): please report it.\n`);
}

// A reader that has seen enough, such as head, ends the program without a word.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

const stop = new AbortController();
// Whoever ends a command, it tidies up first. Once: a second Ctrl-C ends the process at once, as it does everywhere.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

run(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: stop.signal }).catch(
  report,
);
