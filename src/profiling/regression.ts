import { StudioError } from '../protocol/failure';
import type { DeviceFacts, RunMetric, RunRecord } from '../protocol/runRecord';
import { summaryAt } from './summaries';

/** A median that became worse than allowed. */
export interface Regression {
  readonly metric: GatedMetric;
  /** Prompt length; null = the prompt as it is. */
  readonly context: number | null;
  readonly before: number;
  readonly now: number;
  /** How much worse, as a share of the baseline: 0.1 = 10 %. */
  readonly worse: number;
}

/** The medians that a gate looks at. */
type GatedMetric = Extract<RunMetric, 'decodeTokensPerSecond' | 'ttftMs' | 'prefillTokensPerSecond'>;

const gated: Readonly<Record<GatedMetric, { label: string; unit: string; better: 'more' | 'less' }>> = {
  decodeTokensPerSecond: { label: 'decode', unit: 'tok/s', better: 'more' },
  ttftMs: { label: 'time to first token', unit: 'ms', better: 'less' },
  prefillTokensPerSecond: { label: 'prefill', unit: 'tok/s', better: 'more' },
};

/** A model by all of its files, and by what decides its graphs; null where a record does not tell. */
export type ModelIdentity = Pick<RunRecord['provenance']['model'], 'sha256' | 'graphSha256'>;

/** What has to be the same for two runs to be one experiment, by what a sentence calls another one. */
export interface Experiment {
  readonly 'another model': ModelIdentity;
  readonly 'another machine': string;
  readonly 'another target': string | null;
  readonly 'another precision': string | null;
  readonly 'another recipe': string | null;
  readonly 'another number of threads': number | null;
  readonly 'another picture': string | null;
  readonly 'another question': string | null;
  readonly 'another number of tokens to write': number | null;
}

/** The experiment that a run was. */
export function experimentOf({ provenance, settings }: RunRecord): Experiment {
  return {
    'another model': provenance.model,
    'another machine': machineOf(provenance.device),
    'another target': provenance.target.id,
    'another precision': provenance.precision,
    'another recipe': provenance.recipeSha256,
    'another number of threads': provenance.threads,
    'another picture': settings.picture?.sha256 ?? null,
    'another question': settings.question,
    'another number of tokens to write': settings.tokens,
  };
}

/**
 * Refuses a baseline that says nothing about a run.
 * @param experiment as far as it is known: before a run less than after it
 * @throws {StudioError} `run-invalid` with all that differs
 */
export function checkComparable(experiment: Partial<Experiment>, baseline: RunRecord): void {
  if (baseline.provenance.kind === 'imported')
    throw refused('was imported from another program, which measures by other definitions');
  if (baseline.status !== 'complete') throw refused(`is not complete (${baseline.status})`);
  const before = experimentOf(baseline);
  const differing = Object.entries(before).filter(
    ([words, value]) => words in experiment && !isSame(experiment[words as keyof Experiment], value),
  );
  if (differing.length > 0) throw refused(`is of ${differing.map(([words]) => words).join(', ')}`);
}

function isSame(one: Experiment[keyof Experiment] | undefined, other: Experiment[keyof Experiment]): boolean {
  if (!isModel(one) || !isModel(other)) return one === other;
  // A word in the card changes the files and not the model; records of before that was told have the files only.
  return one.graphSha256 !== null && other.graphSha256 !== null
    ? one.graphSha256 === other.graphSha256
    : one.sha256 === other.sha256;
}

function isModel(value: Experiment[keyof Experiment] | undefined): value is ModelIdentity {
  return typeof value === 'object' && value !== null;
}

/** Medians that the sentence of a gate names. */
const mostTold = 3;

/** A run held against a baseline. */
export interface Gate {
  /** Every median that both runs have, at least one. */
  readonly compared: readonly Regression[];
  /** Those that became worse than allowed. */
  readonly failed: readonly Regression[];
  /** What came of it, in one sentence. */
  readonly sentence: string;
}

/**
 * Holds a run against a baseline.
 * @param most how much worse a median may be, as a share of the baseline
 * @throws {StudioError} `run-invalid` when the baseline is of another model, machine or experiment, or shares no median
 */
export function gateRun(run: RunRecord, baseline: RunRecord, most: number): Gate {
  checkComparable(experimentOf(run), baseline);
  const compared = comparisons(run, baseline);
  const [worst] = worstFirst(compared);
  if (!worst) throw refused('has no median in common with the run');
  const failed = compared.filter(({ worse }) => worse > most);
  const limit = percent(most);
  const told = worstFirst(failed).slice(0, mostTold).map(regressionWords);
  if (failed.length > mostTold) told.push(`and ${failed.length - mostTold} more`);
  const sentence =
    failed.length === 0
      ? `None of ${compared.length} medians is more than ${limit} worse than the baseline; nearest to that is ${regressionWords(worst)}.`
      : `${failed.length} of ${compared.length} medians ${failed.length === 1 ? 'is' : 'are'} more than ${limit} worse than the baseline: ${told.join('; ')}.`;
  return { compared, failed, sentence };
}

function worstFirst(regressions: readonly Regression[]): Regression[] {
  return regressions.toSorted((one, other) => other.worse - one.worse);
}

/** `10 %` of 0.1. */
export function percent(share: number): string {
  return `${+(100 * share).toFixed(2)} %`;
}

/** Every median that both runs have. Below 0, `worse` means better. */
function comparisons(run: RunRecord, baseline: RunRecord): Regression[] {
  const found: Regression[] = [];
  for (const metric of Object.keys(gated) as GatedMetric[])
    for (const { context } of run.summaries.filter(summary => summary.metric === metric)) {
      const now = summaryAt(run, metric, context)?.median ?? 0;
      const before = summaryAt(baseline, metric, context)?.median ?? 0;
      if (now <= 0 || before <= 0) continue;
      const worse = gated[metric].better === 'more' ? 1 - now / before : now / before - 1;
      found.push({ metric, context, before, now, worse });
    }
  return found;
}

/** `decode at a context of 512 tokens: 150.0 tok/s, was 212.0 (29.2 % worse)` */
export function regressionWords({ metric, context, before, now, worse }: Regression): string {
  const { label, unit } = gated[metric];
  const place = context === null ? '' : ` at a context of ${context.toLocaleString('en-US')} tokens`;
  const change = `${(100 * Math.abs(worse)).toFixed(1)} % ${worse > 0 ? 'worse' : 'better'}`;
  return `${label}${place}: ${now.toFixed(1)} ${unit}, was ${before.toFixed(1)} (${change})`;
}

/**
 * What tells one machine from another: not its name and system version, which change from container to container and
 * from week to week.
 */
export function machineOf({ os, arch, processor, cores }: DeviceFacts): string {
  return [os?.split(' ')[0] ?? '', arch, processor, cores].join(', ');
}

function refused(why: string): StudioError {
  return new StudioError('run-invalid', `The baseline ${why}: measure one with the settings of this run.`);
}
