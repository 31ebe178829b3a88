import type { PromptResult, Stage } from '../../src/protocol/prompt';
import { precisionLabels, stages } from '../../src/protocol/prompt';
import { formatCount, formatList, formatMs, formatRate } from '../shared/format';
import type { Part, Share } from './progress';
import type { Entry } from './viewModel';

export const partNames: Readonly<Record<Part, string>> = {
  decodeImage: 'decode image',
  resize: 'resize',
  encode: 'encode',
  project: 'project',
  prefill: 'prefill',
  overhead: 'overhead',
  decode: 'decode',
};

const doing: Readonly<Record<Stage, string>> = {
  decodeImage: 'decoding the image…',
  resize: 'resizing…',
  encode: 'encoding…',
  project: 'projecting…',
  prefill: 'prefilling…',
  decode: 'decoding…',
};

const stopReasons: Readonly<Record<PromptResult['stopReason'], string | null>> = {
  'end-of-text': null,
  'max-tokens': 'token limit reached',
  'context-full': 'context full',
};

/** The small line under an answer, as measured: `first token 14.2 ms · 412 tok/s · 14 tokens`. */
export function factLine({ card, progress }: Entry): string {
  const { result } = card;
  const facts: (string | null)[] = [progress.image?.reused ? 'image reused' : null];
  if (result) {
    const { ttftMs, decodeTokensPerSecond } = result.timings;
    facts.push(
      result.tokens.generated > 0 ? `first token ${formatMs(ttftMs)}` : null,
      decodeTokensPerSecond === null ? null : formatRate(decodeTokensPerSecond),
      formatCount(result.tokens.generated, 'token'),
      stopReasons[result.stopReason],
    );
  } else {
    const { firstTokenAtMs, tokens } = progress;
    facts.push(firstTokenAtMs === null ? null : `first token ${formatMs(firstTokenAtMs)}`);
    if (card.state === 'running') facts.push(currentStep({ card, progress }));
    else if (tokens > 0) facts.push(formatCount(tokens, 'token'));
  }
  if (card.state === 'stopped') facts.push('stopped');
  return facts.filter(fact => fact !== null).join(' · ');
}

/** What a running card is doing now, judged by the last stage that ended. */
function currentStep({ progress }: Entry): string {
  if (progress.loading !== null) return progress.loading;
  if (progress.tokens > 0) return doing.decode;
  const last = stages.findLastIndex(stage => progress.stageMs.has(stage));
  if (last < 0) return progress.image ? doing.prefill : 'waiting…';
  return doing[stages[last + 1] ?? 'decode'];
}

/** The stage bar in words, for those who do not see it. */
export function stageSentence(shares: readonly Share[]): string {
  return `Time by stage: ${formatList(shares.map(share => `${partNames[share.part]} ${formatMs(share.ms)}`))}.`;
}

/** What to say of words that the tokenizer does not know. */
export function unknownWordsSentence(words: readonly string[]): string {
  const quoted = formatList(words.map(word => `“${word}”`));
  return words.length === 1
    ? `The model does not know the word ${quoted} and read it as a blank.`
    : `The model does not know the words ${quoted} and read them as blanks.`;
}

/** Label and value of everything else that is known of a finished answer, for the details of its stage bar. */
export function details(result: PromptResult): [label: string, value: string][] {
  const { timings, tokens } = result;
  const prefilled = tokens.image + tokens.text;
  return [
    ['first token', formatMs(timings.ttftMs)],
    ['prefilled', `${tokens.image} image + ${tokens.text} text tokens`],
    ...(timings.prefillMs > 0
      ? ([['prefill', formatRate((prefilled * 1000) / timings.prefillMs)]] satisfies [string, string][])
      : []),
    ['ran as', precisionLabels[result.precision]],
    ['model', `${result.model.name} ${result.model.sha256.slice(0, 8)}`],
  ];
}
