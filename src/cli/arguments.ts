import { parseArgs } from 'node:util';
import { StudioError } from '../protocol/failure';
import type { Command, Given } from './command';
import { nearest } from './nearest';

/**
 * Reads a command's arguments strictly: nothing unknown is passed over.
 * @throws {StudioError} `usage`, with the nearest word where there is one
 */
export function readArguments(command: Command, args: string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { placeholder }]) => [
      name,
      { type: placeholder === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens, positionals } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string>();
  const flags = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = command.options[token.name];
    if (spec === undefined) throw unknownOption(command, token.rawName);
    if (spec.placeholder === undefined) {
      if (token.value !== undefined) throw usage(`${token.rawName} takes no value.`);
      flags.add(token.name);
    } else {
      const missing = token.value === undefined || (!token.inlineValue && token.value.startsWith('-'));
      if (token.value === undefined || missing)
        throw usage(`${token.rawName} needs a value: ${token.rawName} ${spec.placeholder}.`);
      const before = spec.repeatable ? values.get(token.name) : undefined;
      values.set(token.name, before === undefined ? token.value : `${before}\n${token.value}`);
    }
  }
  checkCount(command, positionals);
  return { positionals, values, flags };
}

/** @throws {StudioError} `usage` when the value is no whole number in the range */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw usage(`--${name} takes a whole number from ${min} to ${max}, not "${text}".`);
}

/** An error in how the program was called. */
export function usage(message: string): StudioError {
  return new StudioError('usage', message);
}

/** ` Did you mean X?`, or nothing. */
export function didYouMean(word: string | undefined): string {
  return word === undefined ? '' : `, did you mean ${word}?`;
}

function unknownOption(command: Command, raw: string): StudioError {
  const known = Object.keys(command.options).map(name => `--${name}`);
  const meant = didYouMean(nearest(raw, known));
  const advice = meant === '' ? `; "autoneural help ${command.name}" lists them.` : meant;
  return usage(`${command.name} has no option ${raw}${advice}`);
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const wanted = command.arguments;
  const missing = wanted.slice(positionals.length);
  if (missing.length > 0)
    throw usage(`${command.name} needs ${missing.join(' and ')}: autoneural ${synopsis(command)}`);
  if (positionals.length > wanted.length && !wanted.at(-1)?.endsWith('...')) {
    const quotes = command.arguments.includes('"QUESTION"') ? ': put the question in quotes.' : '.';
    throw usage(
      `${command.name} takes ${wanted.join(' and ')}, but was given ${positionals.length} arguments${quotes}`,
    );
  }
}

/** `prompt IMAGE "QUESTION"` */
export function synopsis(command: Command): string {
  return [command.name, ...command.arguments].join(' ');
}
