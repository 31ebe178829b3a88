import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ModelInfo } from '../../src/protocol/models';
import type { Card, FromPromptView } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { CompareMenu } from './CompareMenu';
import { compareOptions } from './compareOptions';

interface Props {
  card: Card;
  /** Another question is being answered, so this one cannot be asked again now. */
  busy: boolean;
  models: readonly ModelInfo[];
  post: (message: FromPromptView) => void;
  /** Further actions, in front of all others. */
  children?: ComponentChildren;
}

/** What can be done with a card that has ended. */
export function CardActions({ card, busy, models, post, children }: Props) {
  if (card.state === 'running') return null;
  const compared = card.comparison !== undefined;
  const about = (what: string) => `${what}: ${card.question}`;
  const busyReason = busy ? 'Another answer is being written' : null;
  const options = compared ? [] : compareOptions(models, card.choice);
  return (
    <span class="actions">
      {children}
      {card.answer !== '' && <TakeAnswer card={card} post={post} />}
      {options.length > 0 && (
        <CompareMenu
          kind="link"
          label={about('Compare with another build')}
          options={options}
          disabledReason={busyReason}
          onCompare={other => post({ type: 'compare', cardId: card.id, other })}
        />
      )}
      <Button
        kind="link"
        label={about(compared ? 'Compare again' : 'Ask again')}
        title={compared ? 'Compare the same two builds again' : 'Ask the same question again'}
        disabledReason={busyReason}
        onClick={() => post({ type: 'again', cardId: card.id })}
      >
        {compared ? 'compare again' : 'ask again'}
      </Button>
      <Button
        kind="link"
        label={about('Delete')}
        title={compared ? 'Delete this comparison' : 'Delete this question and its answer'}
        onClick={() => post({ type: 'delete', cardId: card.id })}
      >
        delete
      </Button>
    </span>
  );
}

/** The ways of an answer, or of a whole comparison, out of the panel. */
function TakeAnswer({ card, post }: Pick<Props, 'card' | 'post'>) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const what = card.comparison ? 'the comparison' : 'the answer';
  return (
    <>
      <Button
        kind="link"
        label={`Copy ${what}: ${card.question}`}
        title={`Copy ${what}`}
        onClick={() => {
          post({ type: 'copy', cardId: card.id });
          setCopied(true);
        }}
      >
        {copied ? 'copied' : 'copy'}
      </Button>
      <Button
        kind="link"
        label={`Insert ${what} into the editor: ${card.question}`}
        title={`Insert ${what} into the last active editor`}
        onClick={() => post({ type: 'insert', cardId: card.id })}
      >
        insert
      </Button>
    </>
  );
}
