import type { ModelInfo } from '../../src/protocol/models';
import type { Region } from '../../src/protocol/prompt';
import type { FromPromptView } from '../../src/protocol/promptView';
import { CardActions } from './CardActions';
import { CardFrame } from './CardFrame';
import { CardRemarks } from './CardRemarks';
import { factLine } from './cardFacts';
import { timeShares } from './progress';
import { StageBar } from './StageBar';
import type { Entry } from './viewModel';

export interface CardProps {
  entry: Entry;
  scaleMs: number;
  /** The newest card; only there a crash still waits for its remedy. */
  latest: boolean;
  /** Another question is being answered, so this one cannot be asked again now. */
  busy: boolean;
  /** Those that an answer can be compared with. */
  models: readonly ModelInfo[];
  post: (message: FromPromptView) => void;
  showRegion: (region: Region) => void;
}

/** One question with its answer, its timing and what can be done with it. */
export function CardView({ entry, scaleMs, latest, busy, models, post, showRegion }: CardProps) {
  const { card, progress } = entry;
  const running = card.state === 'running';
  const loading = running && progress.loading !== null;
  const measured = card.state === 'failed' ? [] : timeShares(progress, card.result);
  return (
    <CardFrame card={card} showRegion={showRegion}>
      {(card.answer !== '' || (running && !loading)) && (
        <p class="answer" dir="auto">
          {card.answer}
          {running && <span class="caret" />}
        </p>
      )}
      <CardRemarks card={card} latest={latest} post={post} />
      {loading && <div class="working" />}
      {measured.length > 0 && <StageBar shares={measured} scaleMs={scaleMs} result={card.result} />}
      <footer>
        <span class="facts">{card.state !== 'failed' && factLine(entry)}</span>
        <CardActions card={card} busy={busy} models={models} post={post} />
      </footer>
    </CardFrame>
  );
}
