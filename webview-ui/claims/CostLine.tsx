import type { ClaimsCostOutcome } from '../../src/protocol/claimsRun';
import { Button } from '../shared/Button';
import type { Post } from './claimsHost';
import { costWords, shortageOf, unreadWords } from './model/form';

interface Props {
  /** Null while it is not known. */
  cost: ClaimsCostOutcome | null;
  /** Whether it is being found out. */
  waiting: boolean;
  contexts: readonly number[];
  post: Post;
}

/** What a comparison takes of this machine, and what of it is too little. */
export function CostLine({ cost, waiting, contexts, post }: Props) {
  if (cost === null) return <p class="hint cost">{waiting ? 'Counting what it takes…' : ''}</p>;
  // What is wrong with a field is said there.
  if (!cost.ok && cost.field !== undefined) return <div class="cost" />;
  if (!cost.ok)
    return (
      <p class="settings-problem cost" role="alert">
        {cost.failure.message}
      </p>
    );
  const shortage = shortageOf(cost.cost);
  const unread = unreadWords(cost.cost, contexts);
  return (
    <div class="cost">
      <p class="hint">{[costWords(cost.cost), unread].filter(words => words !== null).join(' ')}</p>
      {shortage && (
        <p class="shortage" role="alert">
          {shortage.sentence}{' '}
          {shortage.kind === 'limit' && (
            <Button kind="link" onClick={() => post({ type: 'openMemoryLimit' })}>
              Open Setting
            </Button>
          )}
        </p>
      )}
    </div>
  );
}
