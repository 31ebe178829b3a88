import { useEffect, useState } from 'preact/hooks';
import type { Card, FromPromptView } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';

interface Props {
  card: Card;
  /** Another question is being answered, so this one cannot be asked again now. */
  busy: boolean;
  post: (message: FromPromptView) => void;
}

/** What can be done with a card that has ended. */
export function CardActions({ card, busy, post }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  if (card.state === 'running') return null;
  const about = (what: string) => `${what}: ${card.question}`;
  return (
    <span class="actions">
      {card.answer !== '' && (
        <>
          <Button
            kind="link"
            label={about('Copy the answer')}
            title="Copy the answer"
            onClick={() => {
              post({ type: 'copy', cardId: card.id });
              setCopied(true);
            }}
          >
            {copied ? 'copied' : 'copy'}
          </Button>
          <Button
            kind="link"
            label={about('Insert the answer into the editor')}
            title="Insert the answer into the last active editor"
            onClick={() => post({ type: 'insert', cardId: card.id })}
          >
            insert
          </Button>
        </>
      )}
      <Button
        kind="link"
        label={about('Ask again')}
        title="Ask the same question again"
        disabledReason={busy ? 'Another answer is being written' : null}
        onClick={() => post({ type: 'again', cardId: card.id })}
      >
        ask again
      </Button>
      <Button
        kind="link"
        label={about('Delete')}
        title="Delete this question and its answer"
        onClick={() => post({ type: 'delete', cardId: card.id })}
      >
        delete
      </Button>
    </span>
  );
}
