import type { ProfileSettings } from '../../../src/protocol/profile';
import type { ProfileForm } from '../../../src/protocol/profilingView';
import { formatCount } from '../../shared/format';

/** The form as it is typed: text, which may not be a number yet. */
export interface FormDraft {
  readonly question: string;
  readonly repetitions: string;
  readonly warmUps: string;
  readonly tokens: string;
  readonly contexts: string;
  readonly sustainSeconds: string;
  readonly operators: boolean;
}

export function draftOf(settings: ProfileSettings): FormDraft {
  return {
    question: settings.question,
    repetitions: String(settings.repetitions),
    warmUps: String(settings.warmUps),
    tokens: String(settings.tokens),
    contexts: settings.contexts.join(', '),
    sustainSeconds: String(settings.sustainSeconds),
    operators: settings.operators,
  };
}

/** What the draft asks for; else which field is wrong, and what it should be. */
export function readDraft(
  draft: FormDraft,
): { form: ProfileForm } | { field: keyof FormDraft; problem: string } {
  const question = draft.question.trim();
  if (question === '') return { field: 'question', problem: 'Write a question: every prompt needs one.' };
  for (const [field, least, most, name] of numbers) {
    const value = Number(draft[field].trim() || Number.NaN);
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    return { field, problem: `${name} must be a whole number from ${least} to ${most}.` };
  }
  const contexts = draft.contexts.split(/[\s,;]+/).filter(word => word !== '');
  if (!contexts.every(word => /^\d{1,7}$/.test(word) && Number(word) >= 1 && Number(word) <= 1_000_000))
    return {
      field: 'contexts',
      problem: 'Contexts must be whole numbers from 1 to 1000000 with commas between, e.g. 128, 512.',
    };
  if (contexts.length > 32)
    return { field: 'contexts', problem: 'At most 32 contexts can be measured in one run.' };
  const unique = [...new Set(contexts.map(Number))].sort((one, other) => one - other);
  return {
    form: {
      question,
      contexts: unique,
      repetitions: Number(draft.repetitions),
      warmUps: Number(draft.warmUps),
      tokens: Number(draft.tokens),
      sustainSeconds: Number(draft.sustainSeconds),
      operators: draft.operators,
    },
  };
}

const numbers = [
  ['repetitions', 1, 1000, 'Repetitions'],
  ['warmUps', 0, 100, 'Warm-ups'],
  ['tokens', 2, 65_536, 'Tokens'],
  ['sustainSeconds', 0, 3600, 'Sustained seconds'],
] as const;

/** What a run will do, before it is started. */
export function costWords(form: ProfileForm): string {
  const lengths = form.contexts.length + 1;
  const prompts = lengths * (form.repetitions + form.warmUps);
  const words = [
    `${formatCount(prompts, 'prompt')} of ${form.tokens} tokens at ${formatCount(lengths, 'length')}`,
  ];
  if (form.sustainSeconds > 0) words.push(`then ${form.sustainSeconds} s without a pause`);
  if (form.operators) words.push('and one pass that times the operators');
  return `${words.join(', ')}. The model is loaded twice.`;
}
