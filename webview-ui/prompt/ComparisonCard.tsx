import { useState } from 'preact/hooks';
import { type CompareResult, simulatedPrecisions } from '../../src/protocol/compare';
import type { ModelInfo } from '../../src/protocol/models';
import { precisionLabels } from '../../src/protocol/prompt';
import type { Card, Comparison } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { formatCount, formatMs, formatRate } from '../shared/format';
import { CardActions } from './CardActions';
import { CardFrame } from './CardFrame';
import { CardRemarks } from './CardRemarks';
import type { CardProps } from './CardView';
import { CompareSteps } from './CompareSteps';
import { buildLabel } from './compareOptions';

/** One question asked of two builds: their answers side by side, where they part, and what each expected. */
export function ComparisonCard({
  comparison,
  ...props
}: Omit<CardProps, 'scaleMs'> & { comparison: Comparison }) {
  const { entry, latest, busy, models, post, showRegion } = props;
  const { card } = entry;
  const { result, status } = comparison;
  const running = card.state === 'running';
  const quantized = [card.choice, comparison.choice].some(({ precision }) =>
    simulatedPrecisions.has(precision),
  );
  const [open, setOpen] = useState(false);
  return (
    <CardFrame card={card} kind="comparison" showRegion={showRegion}>
      {result && (
        <p class="verdict" dir="auto">
          <b aria-hidden="true">{result.firstDifference === null ? '=' : '≠'}</b>
          <span>{result.verdict}</span>
        </p>
      )}
      <div class="versus">
        <Side card={card} comparison={comparison} side="a" models={models} />
        <Side card={card} comparison={comparison} side="b" models={models} />
      </div>
      <CardRemarks card={card} latest={latest} post={post} />
      {running && <div class="working" />}
      {result && quantized && (
        <p class="worst-unit">
          <Button kind="link" onClick={() => post({ type: 'worstUnit', cardId: card.id })}>
            Which unit hurts most?
          </Button>
        </p>
      )}
      <footer>
        <span class="facts">
          {running ? (status ?? 'Waiting…') : card.state === 'stopped' && 'stopped'}
          {result && 'greedy, each as the first answer after loading (cold)'}
        </span>
        {!running && (
          <CardActions card={card} busy={busy} models={models} post={post}>
            {result && (
              <Button
                kind="link"
                label={`Steps: ${card.question}`}
                title="What both expected at each token"
                expanded={open}
                onClick={() => setOpen(now => !now)}
              >
                {open ? 'hide steps' : 'show steps'}
              </Button>
            )}
          </CardActions>
        )}
      </footer>
      {open && result && <CompareSteps result={result} />}
    </CardFrame>
  );
}

interface SideProps {
  card: Card;
  comparison: Comparison;
  side: 'a' | 'b';
  models: readonly ModelInfo[];
}

function Side({ card, comparison, side, models }: SideProps) {
  const { result } = comparison;
  const [choice, answer] = side === 'a' ? [card.choice, card.answer] : [comparison.choice, comparison.answer];
  const letter = side.toUpperCase();
  // The toolbar and the facts of other cards name the model; here only what differs has to be seen.
  const sameModel = card.choice.bundleDir === comparison.choice.bundleDir;
  const label = sameModel ? precisionLabels[choice.precision] : buildLabel(choice, models);
  return (
    <section aria-label={`${letter}: ${label}`}>
      <h3>
        <span class="side-letter">{letter}</span>
        <bdi>{label}</bdi>
      </h3>
      {result ? <MarkedAnswer result={result} side={side} /> : <p class="answer">{answer}</p>}
      {result && <p class="facts">{sideFacts(result, side)}</p>}
    </section>
  );
}

/** The answer with the first token that differs marked by a line and a sign. */
function MarkedAnswer({ result, side }: { result: CompareResult; side: 'a' | 'b' }) {
  const { answer, tokens, stopReason } = result[side];
  const { firstDifference } = result;
  const token = firstDifference === null ? undefined : tokens[firstDifference];
  if (firstDifference === null) return <p class="answer">{answer}</p>;
  const from = tokens[firstDifference - 1]?.end ?? 0;
  const to = token?.end ?? answer.length;
  const lead = /^\s*/.exec(answer.slice(from, to))?.[0].length ?? 0;
  const word = answer.slice(from + lead, to);
  const ends = stopReason === 'end-of-text' && firstDifference === tokens.length - 1;
  return (
    <p class="answer" dir="auto">
      {answer.slice(0, from + lead)}
      <mark class="parting" title={`The first token that differs: ${firstDifference + 1}`}>
        <span class="visually-hidden">first difference: </span>
        {word !== '' ? word : <i>{ends || token === undefined ? 'end' : token.text}</i>}
      </mark>
      {answer.slice(Math.max(to, from + lead))}
    </p>
  );
}

function sideFacts(result: CompareResult, side: 'a' | 'b'): string {
  const { timings, tokens, stopReason } = result[side];
  const { ttftMs, decodeTokensPerSecond } = timings;
  return [
    `first token ${formatMs(ttftMs)}`,
    ...(decodeTokensPerSecond === null ? [] : [formatRate(decodeTokensPerSecond)]),
    formatCount(tokens.length, 'token'),
    ...(stopReason === 'end-of-text'
      ? []
      : [stopReason === 'max-tokens' ? 'token limit reached' : 'context full']),
  ].join(' · ');
}
