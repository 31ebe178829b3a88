import type { FailureKind } from '../../src/protocol/failure';
import type { Card, FromPromptView } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { Failed, Info } from '../shared/icons';
import { unknownWordsSentence } from './cardFacts';

interface Props {
  card: Card;
  /** The newest card; only there a failure still waits for its remedy. */
  latest: boolean;
  post: (message: FromPromptView) => void;
}

/** What has to be said about an answer: words the model does not know, or why there is none. */
export function CardRemarks({ card, latest, post }: Props) {
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
            {((latest && remedies[card.failure.kind]) || []).map(remedy => (
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

/** What helps against a kind of failure, where something does; asking again is always among the card's actions. */
const remedies: Readonly<Partial<Record<FailureKind, readonly RemedyName[]>>> = {
  'file-missing': picture,
  'not-an-image': picture,
  'image-damaged': picture,
  'image-too-large': picture,
  'bundle-missing': model,
  'bundle-damaged': model,
  'bundle-invalid': model,
  'host-died': crash,
  'host-out-of-memory': crash,
  internal: crash,
};

function Remedy({ remedy, post }: { remedy: RemedyName; post: Props['post'] }) {
  return (
    <Button kind={remedy === 'restart' ? 'primary' : 'secondary'} onClick={() => post({ type: remedy })}>
      {remedyLabels[remedy]}
    </Button>
  );
}
