import type { ClaimsCost, ClaimsSettings } from '../../../src/protocol/claimsRun';
import { bytesWords, countWords } from './words';

/** The form as it is typed: text, which may not be a number yet. */
export interface FormDraft {
  readonly imageSizes: string;
  readonly contexts: string;
  readonly memory: string;
  readonly repeats: string;
  readonly precision: ClaimsSettings['precision'];
}

/** A field that cannot be, and what it should be. */
export interface Problem {
  readonly field: keyof FormDraft;
  readonly sentence: string;
}

export function draftOf(settings: ClaimsSettings): FormDraft {
  return {
    imageSizes: settings.imageSizes.join(', '),
    contexts: settings.contexts.join(', '),
    memory: `${settings.memoryBudgetBytes / 1e9} GB`,
    repeats: String(settings.repeats),
    precision: settings.precision,
  };
}

const lists = {
  imageSizes: { name: 'Picture sizes', least: 32, most: 4096, count: 16, example: '256, 512' },
  contexts: { name: 'Contexts', least: 1, most: 1_048_576, count: 32, example: '512, 1024' },
} as const;

/** What the draft asks for, lists in order and each number once; else which field is wrong. */
export function readDraft(draft: FormDraft): { settings: ClaimsSettings } | { problem: Problem } {
  const imageSizes = readList(draft, 'imageSizes');
  if ('problem' in imageSizes) return imageSizes;
  const contexts = readList(draft, 'contexts');
  if ('problem' in contexts) return contexts;
  const memoryBudgetBytes = readMemory(draft.memory);
  if (memoryBudgetBytes === null)
    return wrong('memory', 'Memory must be an amount such as 4 GB or 512 MiB, more than nothing.');
  const repeats = Number(draft.repeats.trim() || Number.NaN);
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > 1000)
    return wrong('repeats', 'Repetitions must be a whole number from 1 to 1000.');
  const { precision } = draft;
  return {
    settings: {
      imageSizes: imageSizes.numbers,
      contexts: contexts.numbers,
      memoryBudgetBytes,
      precision,
      repeats,
    },
  };
}

function readList(draft: FormDraft, field: keyof typeof lists): { numbers: number[] } | { problem: Problem } {
  const { name, least, most, count, example } = lists[field];
  const words = draft[field].split(/[\s,;]+/).filter(word => word !== '');
  const numbers = words.map(Number);
  const fits = words.every((word, index) => /^\d+$/.test(word) && inRange(numbers[index] ?? 0, least, most));
  if (words.length === 0 || !fits)
    return wrong(
      field,
      `${name} must be whole numbers from ${least} to ${most} with commas between, e.g. ${example}.`,
    );
  const unique = [...new Set(numbers)].sort((one, other) => one - other);
  return unique.length > count
    ? wrong(field, `${name} can be at most ${count} in one run.`)
    : { numbers: unique };
}

function inRange(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** Bytes of `4 GB`, `512MiB`; null of anything else, and of nothing. */
function readMemory(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*(GB|GiB|MB|MiB)$/i.exec(text.trim());
  const unit = { gb: 1e9, gib: 2 ** 30, mb: 1e6, mib: 2 ** 20 }[found?.[2]?.toLowerCase() ?? ''];
  const bytes = Math.round(Number(found?.[1]) * (unit ?? Number.NaN));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

function wrong(field: keyof FormDraft, sentence: string): { problem: Problem } {
  return { problem: { field, sentence } };
}

/** What a run will take, in a sentence each; times and memory are estimates. */
export function costWords({ minutes, threads, diskBytes, memoryBytes, freeDiskBytes }: ClaimsCost): string {
  const time = minutes < 1.5 ? 'a minute or two' : `${Math.ceil(minutes)} minutes`;
  const free = freeDiskBytes === null ? '' : ` (${bytesWords(freeDiskBytes)} are free)`;
  return `About ${time} on ${threads} thread${threads === 1 ? '' : 's'}, ${bytesWords(diskBytes)} of disk${free} until it ends, and about ${bytesWords(memoryBytes)} of memory.`;
}

/** What of the machine is too small for it. */
export interface Shortage {
  readonly kind: 'disk' | 'limit' | 'memory';
  readonly sentence: string;
}

/** Null where everything fits. Disk is counted; memory is an estimate. */
export function shortageOf(cost: ClaimsCost): Shortage | null {
  const { diskBytes, freeDiskBytes, memoryBytes, memoryLimitBytes, freeMemoryBytes } = cost;
  if (freeDiskBytes !== null && diskBytes > freeDiskBytes)
    return {
      kind: 'disk',
      sentence: `The disk has ${bytesWords(freeDiskBytes)} free, and the graphs take ${bytesWords(diskBytes)}: make room or compare smaller models.`,
    };
  if (memoryBytes > memoryLimitBytes)
    return {
      kind: 'limit',
      sentence: `That is likely more than the ${bytesWords(memoryLimitBytes)} at which it is ended (twice autoneural.memoryLimitMiB, since two models are loaded): raise the setting or compare smaller models.`,
    };
  if (memoryBytes > freeMemoryBytes)
    return {
      kind: 'memory',
      sentence: `Only ${bytesWords(freeMemoryBytes)} of memory are free now: close what you can, or compare smaller models.`,
    };
  return null;
}

/** Which contexts a model does not read; null where both read all. */
export function unreadWords({ contextLengths }: ClaimsCost, contexts: readonly number[]): string | null {
  const least = Math.min(...contextLengths);
  const beyond = contexts.filter(context => context > least);
  if (beyond.length === 0) return null;
  return `Contexts above ${countWords(least)} tokens are left out where a model does not read them.`;
}
