import path from 'node:path';
import { type PromptResult, precisionLabels } from '../../protocol/prompt';
import { AnswerStream } from '../answerStream';
import { wholeNumber } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { modelOptions, openModel } from '../modelOptions';

/** Asks one question about one picture. */
export const promptCommand: Command = {
  name: 'prompt',
  summary: 'ask a question about a picture',
  arguments: ['IMAGE', '"QUESTION"'],
  options: {
    ...modelOptions,
    'max-tokens': {
      placeholder: 'N',
      description: "longest answer in tokens; without it the model's own limit",
    },
    json: { description: 'answer, token ids, timings in milliseconds and the model as JSON' },
  },
  notes: [
    'The answer goes to stdout, everything else to stderr.',
    'Put -- before a question that begins with a dash.',
  ],
  run: runPrompt,
};

async function runPrompt(given: Given, terminal: Terminal): Promise<void> {
  const [image = '', question = ''] = given.positionals;
  const limit = given.values.get('max-tokens');
  const sampling = limit === undefined ? {} : { maxTokens: wholeNumber('max-tokens', limit, 1, 65_536) };
  const model = await openModel(given, terminal);
  try {
    const asJson = given.flags.has('json');
    const stream = new AnswerStream(terminal.stdout, !asJson && terminal.stdout.isTTY);
    const request = { imagePath: path.resolve(image), turns: [], question, sampling };
    const result = await model
      .prompt(request, event => event.type === 'token' && stream.show(event.text), terminal.signal)
      .catch((error: unknown) => {
        stream.breakOff();
        throw error;
      });
    if (asJson) terminal.stdout.write(jsonOf(result));
    else stream.finish(result.answer);
    for (const note of notesOn(result)) terminal.stderr.write(`note: ${note}\n`);
  } finally {
    await model.close();
  }
}

/** One line for each key, since a list of tokens reads badly one below the other; timings to the microsecond. */
function jsonOf({ answer, tokenIds, precision, timings, model }: PromptResult): string {
  const rounded = Object.entries(timings).map(([name, value]) => [
    name,
    value === null ? null : round(value),
  ]);
  const record = { answer, tokens: tokenIds, precision, timings: Object.fromEntries(rounded), model };
  const lines = Object.entries(record).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function* notesOn({ precision, unknownWords, stopReason, tokens }: PromptResult): Generator<string> {
  if (precision !== 'fp32') yield `ran as ${precisionLabels[precision]}, on this machine's processor.`;
  const words = unknownWords.map(word => `"${word}"`).join(', ');
  if (words !== '') yield `the model does not know ${words} and answers without.`;
  if (stopReason === 'max-tokens')
    yield `the answer was cut after ${tokens.generated} ${tokens.generated === 1 ? 'token' : 'tokens'}.`;
  if (stopReason === 'context-full') yield 'the answer was cut because the context is full.';
}
