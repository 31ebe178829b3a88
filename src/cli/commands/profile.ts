import path from 'node:path';
import * as v from 'valibot';
import { version } from '../../../package.json';
import { openBundle } from '../../bundle/bundle';
import { findTarget, graphSha256Of } from '../../devices/local';
import { profileModel } from '../../profiling/profileModel';
import type { ProfileSubject } from '../../profiling/profileSubject';
import { checkComparable, gateRun, machineOf, percent, regressionWords } from '../../profiling/regression';
import { readRunRecord, writeRunRecord } from '../../profiling/runRecordFile';
import { StudioError } from '../../protocol/failure';
import {
  defaultMaxRegressionPercent,
  defaultProfileSettings,
  type ProfileEvent,
  type ProfileSettings,
  profileSettingsSchema,
} from '../../protocol/profile';
import type { RunRecord } from '../../protocol/runRecord';
import { usage, wholeNumber } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { modelOptions, readPrecision } from '../modelOptions';
import { cacheFolder } from '../places';
import { profileTable } from '../profileTable';
import { Progress } from '../progress';

/** Ended because a median became worse than --max-regression allows. */
const regressed = 3;

const { precision } = modelOptions;

/** Measures how fast a model answers. */
export const profileCommand: Command = {
  name: 'profile',
  summary: 'measure how fast a model answers, where the time goes, and whether it became slower',
  arguments: ['MODEL'],
  options: {
    image: { placeholder: 'FILE', description: 'picture of the prompt; has to be given' },
    prompt: { placeholder: '"QUESTION"', description: 'question of the prompt; has to be given' },
    target: { placeholder: 'ID', description: 'where it runs, as "devices" lists it; without it local-cpu' },
    ...(precision !== undefined && { precision }),
    threads: { placeholder: 'N', description: 'inside one operator; without it as for every prompt' },
    contexts: {
      placeholder: 'N,N,...',
      description: 'prompt lengths in tokens to measure beside the prompt as it is',
    },
    repeat: {
      placeholder: 'N',
      description: `measured prompts; without it ${defaultProfileSettings.repetitions}`,
    },
    'warm-ups': {
      placeholder: 'N',
      description: `prompts before them that do not count; without it ${defaultProfileSettings.warmUps}`,
    },
    tokens: {
      placeholder: 'N',
      description: `tokens that every prompt writes; without it ${defaultProfileSettings.tokens}`,
    },
    sustain: {
      placeholder: 'SECONDS',
      description: 'prompts without a pause, to see whether the machine slows down',
    },
    'no-operators': { description: 'leaves out the times of operators' },
    json: { placeholder: 'FILE', description: 'writes the run record, with the time of every token' },
    baseline: { placeholder: 'RUN', description: 'run record to compare with' },
    'max-regression': {
      placeholder: 'PERCENT',
      description: 'how much worse a median may be than in the baseline; without it 10%',
    },
  },
  notes: [
    'MODEL is a model folder. Medians of decode, prefill and time to first token are compared with the baseline; exit code 3\nwhen one of them is worse than allowed.',
    'A stopped run keeps what it measured: --json FILE has it, marked as cancelled.',
  ],
  run: runProfile,
};

async function runProfile(given: Given, terminal: Terminal): Promise<void> {
  const settings = settingsOf(given);
  const most = maxRegressionOf(given);
  const json = given.values.get('json');
  const baselineFile = given.values.get('baseline');
  const baseline = baselineFile === undefined ? undefined : await readRunRecord(path.resolve(baselineFile));
  const threads = given.values.get('threads');
  const bundleDir = path.resolve(given.positionals[0] ?? '');
  const subject = {
    target: findTarget(given.values.get('target') ?? 'local-cpu'),
    bundleDir,
    precision: given.values.has('precision')
      ? await readPrecision(given)
      : (await openBundle(bundleDir)).precisions[0],
    cacheDir: cacheFolder(),
    threads: threads === undefined ? 0 : wholeNumber('threads', threads, 1, 256),
    program: `autoneural-studio ${version}`,
  };
  if (baseline !== undefined) await checkEarly(subject, settings, baseline);
  const progress = new Progress(terminal.stderr);
  try {
    const onEvent = (event: ProfileEvent) => showProgress(event, progress);
    const run = await profileModel(subject, settings, onEvent, terminal.signal);
    progress.clear();
    // First, so that a full disk does not take the figures with it.
    terminal.stdout.write(profileTable(run));
    if (json !== undefined) await writeRunRecord(path.resolve(json), run);
    if (run.status === 'cancelled') throw new StudioError('cancelled', run.statusReason ?? '');
    if (run.status === 'failed') throw new StudioError('internal', run.statusReason ?? '');
    if (baseline !== undefined) compare(run, baseline, most, terminal);
  } finally {
    progress.clear();
  }
}

/** Refuses a baseline, where that is known before the measurement, which may take minutes. */
async function checkEarly(
  { target, bundleDir, precision }: ProfileSubject,
  { question, tokens }: ProfileSettings,
  baseline: RunRecord,
): Promise<void> {
  const bundle = await openBundle(bundleDir);
  const known = {
    'another model': { sha256: bundle.sha256, graphSha256: graphSha256Of(bundle) },
    'another machine': machineOf((await target.identify()).device),
    'another target': target.info.id,
    'another precision': precision,
    'another question': question,
    'another number of tokens to write': tokens,
  };
  checkComparable(known, baseline);
}

/** @throws {StudioError} `usage` with the option that is missing or wrong */
function settingsOf(given: Given): ProfileSettings {
  const image = given.values.get('image');
  const question = given.values.get('prompt');
  if (image === undefined) throw usage('profile needs a picture: --image FILE.');
  if (question === undefined) throw usage('profile needs a question: --prompt "QUESTION".');
  const number = (name: string, otherwise: number, min: number, max: number) => {
    const text = given.values.get(name);
    return text === undefined ? otherwise : wholeNumber(name, text, min, max);
  };
  const { repetitions, warmUps, tokens, sustainSeconds } = defaultProfileSettings;
  return v.parse(profileSettingsSchema, {
    imagePath: path.resolve(image),
    question,
    contexts: contextsOf(given.values.get('contexts')),
    repetitions: number('repeat', repetitions, 1, 1000),
    warmUps: number('warm-ups', warmUps, 0, 100),
    tokens: number('tokens', tokens, 2, 65_536),
    sustainSeconds: number('sustain', sustainSeconds, 0, 3600),
    operators: !given.flags.has('no-operators'),
  });
}

function contextsOf(text: string | undefined): number[] {
  if (text === undefined) return [];
  const contexts = text.split(',').map(part => wholeNumber('contexts', part.trim(), 1, 1_000_000));
  if (contexts.length > 32) throw usage(`--contexts takes at most 32 lengths, not ${contexts.length}.`);
  return contexts;
}

/** As a share: `10%` and `10` are 0.1. */
function maxRegressionOf(given: Given): number {
  const text = given.values.get('max-regression');
  if (text === undefined) return defaultMaxRegressionPercent / 100;
  if (!given.values.has('baseline'))
    throw usage('--max-regression needs a run to compare with: --baseline RUN.');
  const percent = Number(text.replace(/\s*%$/, ''));
  if (/^\d+(\.\d+)?\s*%?$/.test(text) && percent <= 1000) return percent / 100;
  throw usage(`--max-regression takes a percentage such as 10%, not "${text}".`);
}

function showProgress(event: ProfileEvent, progress: Progress): void {
  if (event.type === 'doing') progress.show(event.message);
  if (event.type !== 'prompt') return;
  const { phase, context, index, of } = event;
  const place = of === null ? `prompt ${index}` : `prompt ${index} of ${of}`;
  progress.show(`${place}, ${phase}${context === null ? '' : `, context ${context}`}`);
}

/** @throws {StudioError} `run-invalid` when the baseline is of another model, machine or experiment */
function compare(run: RunRecord, baseline: RunRecord, most: number, terminal: Terminal): void {
  const { compared, failed, sentence } = gateRun(run, baseline, most);
  terminal.stdout.write(`\nAgainst the baseline ${baseline.id} (at most ${percent(most)} worse):\n`);
  for (const each of compared)
    terminal.stdout.write(`${each.worse > most ? 'x' : ' '} ${regressionWords(each)}\n`);
  if (failed.length === 0) return;
  process.exitCode = regressed;
  terminal.stderr.write(`${sentence}\n`);
}
