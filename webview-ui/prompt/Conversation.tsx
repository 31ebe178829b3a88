import { useMemo } from 'preact/hooks';
import type { Region } from '../../src/protocol/prompt';
import type { FromPromptView } from '../../src/protocol/promptView';
import { ArrowDown } from '../shared/icons';
import { useStickToEnd } from '../shared/useStickToEnd';
import { CardView } from './CardView';
import { stageShares, totalMs } from './progress';
import { StageLegend } from './StageBar';
import type { Entry } from './viewModel';

interface Props {
  entries: readonly Entry[];
  hasPicture: boolean;
  post: (message: FromPromptView) => void;
  showRegion: (region: Region) => void;
}

/** The questions so far, oldest first, with the newest in sight. */
export function Conversation({ entries, hasPicture, post, showRegion }: Props) {
  const scroll = useStickToEnd(entries, entries.at(-1)?.card.id);
  const scaleMs = Math.max(
    ...entries.map(entry => totalMs(stageShares(entry.progress, entry.card.result))),
    1,
  );
  const running = entries.some(entry => entry.card.state === 'running');
  return (
    <div class="conversation">
      {/* A box that scrolls must be reachable by keyboard. */}
      <div ref={scroll.box} class="scroll" onScroll={scroll.onScroll} tabIndex={entries.length > 0 ? 0 : -1}>
        {entries.length === 0 ? (
          <p class="invitation">
            {hasPicture && 'Ask a question about the picture; its answer appears here.'}
          </p>
        ) : (
          <>
            <ol class="cards" aria-label="Questions and answers">
              {entries.map(entry => (
                <MemoCard
                  key={entry.card.id}
                  entry={entry}
                  scaleMs={scaleMs}
                  post={post}
                  showRegion={showRegion}
                />
              ))}
            </ol>
            {scaleMs > 1 && <StageLegend />}
          </>
        )}
      </div>
      {scroll.away && running && (
        <button type="button" class="to-end" onClick={scroll.toEnd}>
          <ArrowDown />
          Newest answer
        </button>
      )}
    </div>
  );
}

/** Streaming changes one card at a time; the same virtual node again tells Preact to leave the others alone. */
function MemoCard({ entry, scaleMs, post, showRegion }: Parameters<typeof CardView>[0]) {
  return useMemo(
    () => <CardView entry={entry} scaleMs={scaleMs} post={post} showRegion={showRegion} />,
    [entry, scaleMs, post, showRegion],
  );
}
