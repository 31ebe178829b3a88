import { randomBytes } from 'node:crypto';
import { isBuiltPrecision } from '../architecture/build';
import type { MeasuredModel, TargetIdentity } from '../engine/measuredModel';
import type { ProfileSettings } from '../protocol/profile';
import type { Precision } from '../protocol/prompt';
import {
  type OperatorPass,
  type RunProvenance,
  type RunRecord,
  runRecordVersion,
} from '../protocol/runRecord';
import type { ProfileSubject } from './profileSubject';
import type { Recorder } from './recorder';
import { summarize, sustainedChange } from './summaries';

/** How a run ended, with the sentence for it unless it is complete. */
export interface Ending {
  readonly status: RunRecord['status'];
  readonly reason: string | null;
}

/** What is known of a run beside its times. */
export interface RunFacts {
  readonly date: Date;
  readonly picture: { readonly name: string; readonly sha256: string };
  readonly identity: TargetIdentity;
  readonly model: MeasuredModel;
  readonly operatorPass: OperatorPass | null;
  readonly peakRssBytes: number | null;
}

/** Puts together the record of a run. */
export function completeRecord(
  subject: ProfileSubject,
  settings: ProfileSettings,
  { loads, repetitions, samples, unmeasured }: Recorder,
  facts: RunFacts,
  { status, reason }: Ending,
): RunRecord {
  const { contexts, repetitions: wanted, warmUps, tokens, sustainSeconds, question } = settings;
  const { date, picture, model, peakRssBytes, operatorPass } = facts;
  const noOperators = operatorPass === null && !unmeasured.some(({ what }) => what === 'operatorPass');
  return {
    format: 'autoneural-run',
    version: runRecordVersion,
    id: idOf(date, model.info.name, subject.precision, subject.target.info.id),
    name: `${model.info.name}, ${subject.precision}, ${subject.target.info.label}`,
    provenance: provenanceOf(subject, facts),
    settings: {
      picture: { ...picture },
      question,
      contexts,
      repetitions: wanted,
      warmUps,
      tokens,
      sustainSeconds,
    },
    status,
    statusReason: reason,
    loads,
    repetitions,
    samples,
    peakRssBytes,
    operatorPass,
    summaries: summarize(repetitions, warmUps),
    unmeasured: [
      ...unmeasured,
      ...(noOperators ? [{ what: 'operatorPass', reason: noOperatorsReason(settings) }] : []),
    ],
    notes: notesOn(subject.precision, repetitions, contexts.length > 0),
  };
}

function noOperatorsReason({ operators }: ProfileSettings): string {
  return operators ? 'The run ended before its operators were timed.' : 'Operators were not asked for.';
}

function provenanceOf({ target, precision, program }: ProfileSubject, facts: RunFacts): RunProvenance {
  const { info, facts: build } = facts.model;
  return {
    kind: isBuiltPrecision(precision) ? 'device' : 'simulation',
    source: null,
    program,
    date: facts.date.toISOString(),
    model: {
      name: info.name,
      sha256: info.sha256,
      graphSha256: build.graphSha256,
      weightsSha256: build.weightsSha256,
      parameters: info.parameters,
      contextLength: info.contextLength,
    },
    precision,
    recipeSha256: build.recipeSha256,
    versions: { ...facts.identity.versions },
    target: { id: target.info.id, label: target.info.label },
    device: facts.identity.device,
    threads: build.threads,
  };
}

function notesOn(precision: Precision, repetitions: Recorder['repetitions'], padded: boolean): string[] {
  const notes = [
    'Every prompt starts from nothing and writes the same number of tokens: the end-of-text token does not end it.',
    'The first load is cold for this process only: the system may still have had the files in memory.',
  ];
  if (padded) notes.push('Longer contexts are made by repeating the words of the question.');
  if (!isBuiltPrecision(precision))
    notes.push("The NPU's arithmetic is simulated here, so these times say nothing of an NPU's speed.");
  const change = sustainedChange(repetitions);
  if (change !== null) notes.push(sustainedSentence(change));
  return notes;
}

function sustainedSentence({
  first,
  last,
  prompts,
}: NonNullable<ReturnType<typeof sustainedChange>>): string {
  const percent = (100 * (last - first)) / first;
  const way = percent < 0 ? 'slower' : 'faster';
  return `Sustained over ${prompts} prompts, decode ran at ${first.toFixed(1)} tok/s in the first quarter and at ${last.toFixed(1)} in the last, ${Math.abs(percent).toFixed(1)} % ${way} (medians).`;
}

/** Sorts by date; the random end tells runs of the same second apart. */
function idOf(date: Date, ...names: readonly string[]): string {
  const stamp = date.toISOString().replace(/[-:]|\.\d+/g, '');
  const words = names.map(name => name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 40));
  return [stamp, ...words, randomBytes(2).toString('hex')].join('-');
}
