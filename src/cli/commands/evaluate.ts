import path from 'node:path';
import { type Evaluation, evaluate, type Score } from '../../engine/evaluate';
import { readSuite, type SuiteQuestion } from '../../engine/suite';
import { type Precision, precisionLabels } from '../../protocol/prompt';
import type { Command, Given, Terminal } from '../command';
import { modelOptions, openModel, readPrecision } from '../modelOptions';
import { Progress } from '../progress';

/** Answers prompt suites and counts exact matches. */
export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'answer a prompt suite and count the exact matches',
  arguments: ['SUITE.jsonl...'],
  options: {
    ...modelOptions,
    blind: { description: 'grey in place of every picture: what the questions alone give away' },
    json: { description: 'scores and every answer as JSON' },
  },
  notes: [
    'A suite has one JSON object a line: {"image": path relative to the suite, "question", "answers": [accepted, ...], "group"}.',
    'An answer counts when it equals an accepted one, whatever the case, the white space and the closing . ! or ?',
  ],
  run: runEvaluate,
};

async function runEvaluate(given: Given, terminal: Terminal): Promise<void> {
  const questions: SuiteQuestion[] = [];
  for (const suite of given.positionals) questions.push(...(await readSuite(path.resolve(suite))));
  const blind = given.flags.has('blind');
  const progress = new Progress(terminal.stderr);
  const onProgress = (done: number, correct: number) =>
    progress.show(`${done} of ${questions.length} answered, ${percent(correct / done)} right`);
  const model = await openModel(given, terminal);
  try {
    const result = await evaluate(model, questions, { blind, onProgress, signal: terminal.signal });
    progress.clear();
    terminal.stdout.write(
      given.flags.has('json')
        ? `${JSON.stringify(result, null, 2)}\n`
        : table(result, blind, await readPrecision(given)),
    );
  } finally {
    progress.clear();
    await model.close();
  }
}

function table(result: Evaluation, blind: boolean, precision: Precision): string {
  const arithmetic = precision === 'fp32' ? [] : [precisionLabels[precision]];
  const title = ['exact match', ...(blind ? ['blind'] : []), ...arithmetic].join(', ');
  const rows: [string, Score][] = [[title, result]];
  for (const [name, score] of Object.entries(result.groups)) rows.push([`  ${name}`, score]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, { exactMatch, n }]) => `${name.padEnd(width)}  ${percent(exactMatch).padStart(7)} of ${n}\n`)
    .join('');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
