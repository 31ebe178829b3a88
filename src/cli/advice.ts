import { type Asks, type OpenInput, StudioError } from '../protocol/failure';
import type { Command } from './command';

/** Inputs that an example names at most: a decoder leaves dozens open. */
const mostExamples = 3;

/** What was thrown by a command, with those of its options that answer what a failure asks for. */
export function withOptions(error: unknown, { options }: Pick<Command, 'options'>): unknown {
  if (!(error instanceof StudioError)) return error;
  const named = optionsFor(error.asks).filter(({ option }) => options[option] !== undefined);
  if (named.length === 0) return error;
  const words = named.map(({ option, example }) => example ?? `--${option} ${options[option]?.placeholder}`);
  const lead = named.some(({ example }) => example !== undefined) ? 'for example ' : '';
  const { kind, message, asks, cause } = error;
  const sentence = `${message.replace(/[.]$/, '')} (${lead}${words.join(' ')}).`;
  return new StudioError(kind, sentence, { asks, cause });
}

function optionsFor(asks: Asks): { option: string; example?: string }[] {
  const { openInputs = [], valueInputs = [], original, samples } = asks;
  const sizes = openInputs.map(input => `${input.name}=${exampleSizes(input)}`);
  const numbers = valueInputs.map(({ name }) => `${name}=16000`);
  return [
    ...(sizes.length > 0 ? [{ option: 'shape', example: exampleOf('shape', sizes) }] : []),
    ...(numbers.length > 0 ? [{ option: 'value', example: exampleOf('value', numbers) }] : []),
    ...(original === undefined ? [] : [{ option: 'float' }]),
    ...(samples === undefined ? [] : [{ option: 'calibration' }]),
  ];
}

function exampleOf(option: string, values: readonly string[]): string {
  const shown = values.slice(0, mostExamples).map(value => `--${option} ${quoted(value)}`);
  const others = values.length - shown.length;
  return shown.join(' ') + (others > 0 ? ` and so on for ${others} more` : '');
}

/** The smallest sizes that fit. */
function exampleSizes({ dims }: OpenInput): string {
  return dims.map(size => (typeof size === 'number' && size >= 0 ? size : 1)).join();
}

/** As a shell takes it. */
function quoted(value: string): string {
  return /^[\w./:=,-]+$/.test(value) ? value : `'${value}'`;
}
