import type { Region } from '../../src/protocol/prompt';
import type { Card, CardMenuContext, FromPromptView } from '../../src/protocol/promptView';
import { CardActions } from './CardActions';
import { CardRemarks } from './CardRemarks';
import { factLine } from './cardFacts';
import { timeShares } from './progress';
import { regionLabel } from './regionGeometry';
import { StageBar } from './StageBar';
import type { Entry } from './viewModel';

interface Props {
  entry: Entry;
  scaleMs: number;
  /** The newest card; only there a crash still waits for its remedy. */
  latest: boolean;
  /** Another question is being answered, so this one cannot be asked again now. */
  busy: boolean;
  post: (message: FromPromptView) => void;
  showRegion: (region: Region) => void;
}

/** One question with its answer, its timing and what can be done with it. */
export function CardView({ entry, scaleMs, latest, busy, post, showRegion }: Props) {
  const { card, progress } = entry;
  const running = card.state === 'running';
  const loading = running && progress.loading !== null;
  const measured = card.state === 'failed' ? [] : timeShares(progress, card.result);
  const titleId = `question-${card.id}`;
  const menu: CardMenuContext = {
    webviewSection: 'card',
    cardId: card.id,
    preventDefaultContextMenuItems: true,
  };
  return (
    <li>
      <article
        class={`card ${card.state}`}
        aria-labelledby={titleId}
        aria-busy={running}
        data-vscode-context={JSON.stringify(menu)}
      >
        <header>
          <h2 id={titleId} dir="auto">
            {card.question}
          </h2>
          <Origin card={card} showRegion={showRegion} />
        </header>
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
          <CardActions card={card} busy={busy} post={post} />
        </footer>
      </article>
    </li>
  );
}

/** Which picture, and which part of it, the question was about, where that is not the whole present one. */
function Origin({ card, showRegion }: { card: Card; showRegion: (region: Region) => void }) {
  const { region, pictureName } = card;
  return (
    <>
      {pictureName !== undefined && (
        <span class="chip plain" title={`Asked about ${pictureName}`} dir="auto">
          {pictureName}
        </span>
      )}
      {region && pictureName !== undefined && <span class="chip plain">{regionLabel(region)}</span>}
      {region && pictureName === undefined && (
        <button
          type="button"
          class="chip"
          title={`Select this region again: ${regionLabel(region)}`}
          onClick={() => showRegion(region)}
        >
          region
        </button>
      )}
    </>
  );
}
