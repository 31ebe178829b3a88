import { useMemo } from 'preact/hooks';
import type { ModelInfo } from '../../src/protocol/models';
import type { Region } from '../../src/protocol/prompt';
import type { FromPromptView } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { ArrowDown } from '../shared/icons';
import { useStickToEnd } from '../shared/useStickToEnd';
import { type CardProps, CardView } from './CardView';
import { ComparisonCard } from './ComparisonCard';
import { timeShares, totalMs } from './progress';
import { StageLegend } from './StageBar';
import type { Entry } from './viewModel';

interface Props {
  entries: readonly Entry[];
  /** Null while nothing can be asked. */
  onAsk: ((question: string) => void) | null;
  models: readonly ModelInfo[];
  post: (message: FromPromptView) => void;
  showRegion: (region: Region) => void;
}

/** The questions so far, oldest first, with the newest in sight. */
export function Conversation({ entries, onAsk, models, post, showRegion }: Props) {
  const scroll = useStickToEnd(entries.at(-1)?.card.id);
  const scaleMs = Math.max(
    ...entries.map(entry => totalMs(timeShares(entry.progress, entry.card.result))),
    1,
  );
  const running = entries.some(entry => entry.card.state === 'running');
  return (
    <div class="conversation">
      {/* A box that scrolls must be reachable by keyboard. */}
      <div ref={scroll.box} class="scroll" onScroll={scroll.onScroll} tabIndex={entries.length > 0 ? 0 : -1}>
        <div ref={scroll.content}>
          {entries.length === 0 ? (
            <Invitation onAsk={onAsk} />
          ) : (
            <>
              <ol class="cards" aria-label="Questions and answers">
                {entries.map((entry, index) => (
                  <MemoCard
                    key={entry.card.id}
                    entry={entry}
                    scaleMs={scaleMs}
                    latest={index === entries.length - 1}
                    busy={running}
                    models={models}
                    post={post}
                    showRegion={showRegion}
                  />
                ))}
              </ol>
              <div class="conversation-end">
                {scaleMs > 1 && <StageLegend />}
                <Button
                  kind="link"
                  title="Delete all questions and answers"
                  onClick={() => post({ type: 'clear' })}
                >
                  clear
                </Button>
              </div>
            </>
          )}
        </div>
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
function MemoCard({ entry, scaleMs, latest, busy, models, post, showRegion }: CardProps) {
  return useMemo(() => {
    const { comparison } = entry.card;
    const shared = { entry, latest, busy, models, post, showRegion };
    if (comparison) return <ComparisonCard {...shared} comparison={comparison} />;
    return <CardView {...shared} scaleMs={scaleMs} />;
  }, [entry, scaleMs, latest, busy, models, post, showRegion]);
}

/** Questions that suit any picture. */
const starters = ['Describe the picture.', 'What do you see?', 'How many people are there?'] as const;

function Invitation({ onAsk }: { onAsk: Props['onAsk'] }) {
  return (
    <div class="invitation">
      <p>Ask anything about the picture; the answer appears here.</p>
      {onAsk && (
        <p class="starters">
          {starters.map(question => (
            <button key={question} type="button" class="chip" onClick={() => onAsk(question)}>
              {question}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}
