import type { ComponentChildren } from 'preact';
import type { Region } from '../../src/protocol/prompt';
import type { Card, CardMenuContext } from '../../src/protocol/promptView';
import { regionLabel } from './regionGeometry';

interface Props {
  card: Card;
  /** Of a card that is more than an answer. */
  kind?: 'comparison';
  showRegion: (region: Region) => void;
  children: ComponentChildren;
}

/** What all cards have: the question, the part of the picture it was about, the editor's context menu. */
export function CardFrame({ card, kind, showRegion, children }: Props) {
  const titleId = `question-${card.id}`;
  const menu: CardMenuContext = {
    webviewSection: 'card',
    cardId: card.id,
    preventDefaultContextMenuItems: true,
  };
  return (
    <li>
      <article
        class={['card', kind, card.state].filter(Boolean).join(' ')}
        aria-labelledby={titleId}
        aria-busy={card.state === 'running'}
        data-vscode-context={JSON.stringify(menu)}
      >
        <header>
          <h2 id={titleId} dir="auto">
            {card.question}
          </h2>
          <Origin card={card} showRegion={showRegion} />
        </header>
        {children}
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
