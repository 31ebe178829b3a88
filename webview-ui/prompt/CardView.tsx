import { useEffect, useState } from 'preact/hooks';
import type { FailureKind } from '../../src/protocol/failure';
import type { Region } from '../../src/protocol/prompt';
import type { Card, CardMenuContext, FromPromptView } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { Failed, Info } from '../shared/icons';
import { factLine, unknownWordsSentence } from './cardFacts';
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
        <Remarks card={card} latest={latest} post={post} />
        {loading && <div class="working" />}
        {measured.length > 0 && <StageBar shares={measured} scaleMs={scaleMs} result={card.result} />}
        <footer>
          <span class="facts">{card.state !== 'failed' && factLine(entry)}</span>
          <Actions card={card} busy={busy} post={post} />
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

function Remarks({ card, latest, post }: { card: Card; latest: boolean; post: Props['post'] }) {
  const unknown = card.result?.unknownWords ?? [];
  return (
    <>
      {unknown.length > 0 && (
        <p class="remark">
          <Info />
          <span>{unknownWordsSentence(unknown)}</span>
        </p>
      )}
      {card.failure && (
        <div class="failure">
          <p>
            <Failed />
            <span dir="auto">{card.failure.message}</span>
          </p>
          <div class="buttons">
            {(latest ? remedies[card.failure.kind] : []).map(remedy => (
              <Remedy key={remedy} remedy={remedy} post={post} />
            ))}
          </div>
        </div>
      )}
    </>
  );
}

type RemedyName = 'restart' | 'showLog' | 'pickPicture' | 'addModel';

const remedyLabels: Readonly<Record<RemedyName, string>> = {
  restart: 'Restart',
  showLog: 'Show Log',
  pickPicture: 'Choose Picture…',
  addModel: 'Choose Model…',
};

const picture = ['pickPicture'] as const;
const model = ['addModel', 'showLog'] as const;
const crash = ['restart', 'showLog'] as const;

/** What helps against each kind of failure; asking again is always among the card's actions. */
const remedies: Readonly<Record<FailureKind, readonly RemedyName[]>> = {
  usage: [],
  'file-missing': picture,
  'not-an-image': picture,
  'image-damaged': picture,
  'image-too-large': picture,
  'empty-question': [],
  'question-too-long': [],
  'bundle-missing': model,
  'bundle-damaged': model,
  'bundle-invalid': model,
  'precision-unknown': [],
  'suite-invalid': [],
  'host-died': crash,
  'host-out-of-memory': crash,
  cancelled: [],
  internal: crash,
};

function Remedy({ remedy, post }: { remedy: RemedyName; post: Props['post'] }) {
  return (
    <Button kind={remedy === 'restart' ? 'primary' : 'secondary'} onClick={() => post({ type: remedy })}>
      {remedyLabels[remedy]}
    </Button>
  );
}

function Actions({ card, busy, post }: { card: Card; busy: boolean; post: Props['post'] }) {
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
