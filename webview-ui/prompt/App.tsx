import { useCallback, useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';
import type { ModelInfo } from '../../src/protocol/models';
import type { Region } from '../../src/protocol/prompt';
import type { FromPromptView, Picture } from '../../src/protocol/promptView';
import { Notice } from '../shared/Notice';
import { Splitter } from '../shared/Splitter';
import { Composer } from './Composer';
import { Conversation } from './Conversation';
import { compareOptions } from './compareOptions';
import { EmptyState } from './EmptyState';
import { PicturePane } from './PicturePane';
import type { PromptHost } from './promptHost';
import { pictureShares } from './saved';
import { Toolbar } from './Toolbar';
import { useIncomingPictures } from './useIncomingPictures';
import { useSelection } from './useSelection';
import { applyMessage, initialModel, runningEntry, whyNotAsk } from './viewModel';

const noModels: readonly ModelInfo[] = [];

/** What makes an earlier notice obsolete. */
const attempts: ReadonlySet<FromPromptView['type']> = new Set([
  'ask',
  'again',
  'compare',
  'compareQuestion',
  'choose',
  'addModel',
  'restart',
  'pickPicture',
  'pictureBytes',
  'pictureUri',
]);

/** The prompt panel: the picture on the left, the conversation about it on the right. */
export function App({ host }: { host: PromptHost }) {
  const [model, dispatch] = useReducer(applyMessage, initialModel);
  const { state, entries } = model;
  const post = useCallback(
    (message: FromPromptView) => {
      // First of all, so that no drawing holds it up.
      host.post(message);
      if (attempts.has(message.type)) dispatch({ type: 'dismissNotice' });
      // What was clicked is gone in a moment; the focus must not be lost with it.
      if (message.type === 'delete' || message.type === 'clear') dispatch({ type: 'focusQuestion' });
    },
    [host],
  );
  const [pictureShare, setPictureShare] = useState(host.saved.pictureShare);
  const [region, setRegion] = useSelection(host, state?.picture ?? null);
  const running = runningEntry(model) !== undefined;
  const dropping = useIncomingPictures(
    post,
    useCallback(message => dispatch({ type: 'notice', message }), []),
  );

  useLayoutEffect(() => {
    const stop = host.listen(dispatch);
    host.post({ type: 'ready' });
    return stop;
  }, [host]);
  useEffect(() => {
    if (state) host.save({ sessionId: state.sessionId });
  }, [host, state]);
  useEscape(running, post);

  const picture = state?.picture ?? null;
  const models = state?.models ?? noModels;
  const cannotAsk = whyNotAsk(model);
  const ask = (question: string) => post({ type: 'ask', question, ...(region && { region }) });
  const askAndFocus = (question: string) => {
    ask(question);
    dispatch({ type: 'focusQuestion' });
  };
  return (
    <div class="app">
      <Toolbar state={state} post={post} />
      <main class={picture ? 'panes' : 'panes single'} style={{ '--picture-share': `${pictureShare}%` }}>
        {picture && (
          <>
            <PicturePane
              picture={picture}
              model={state?.models.find(info => info.bundleDir === state.choice.bundleDir)}
              region={region}
              onRegion={setRegion}
              post={post}
            />
            <Splitter
              label="Width of the picture"
              share={pictureShare}
              range={pictureShares}
              onChange={share => {
                setPictureShare(share);
                host.save({ pictureShare: share });
              }}
            />
          </>
        )}
        <section class="talk" aria-label="Conversation">
          {state && !picture && entries.length === 0 ? (
            <EmptyState onChoose={() => post({ type: 'pickPicture' })} />
          ) : (
            <Conversation
              entries={entries}
              models={models}
              onAsk={cannotAsk === null ? askAndFocus : null}
              post={post}
              showRegion={setRegion}
            />
          )}
          {model.notice !== null && (
            <Notice
              text={model.notice}
              onDismiss={() => {
                dispatch({ type: 'dismissNotice' });
                dispatch({ type: 'focusQuestion' });
              }}
            />
          )}
          <Composer
            initialDraft={host.saved.draft}
            onDraft={draft => host.save({ draft })}
            placeholder={placeholder(picture, region)}
            questions={entries.map(entry => entry.card.question)}
            disabledReason={cannotAsk}
            running={running}
            focusRequest={model.focusRequest}
            onAsk={ask}
            compareWith={state ? compareOptions(models, state.choice) : []}
            onCompare={(question, other) =>
              post({ type: 'compareQuestion', question, other, ...(region && { region }) })
            }
            onStop={() => post({ type: 'stop' })}
          />
        </section>
      </main>
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
      {dropping && <div class="drop-here">Drop the picture to ask about it</div>}
    </div>
  );
}

/** Escape stops the running answer, wherever the focus is; controls that need the key themselves stop it. */
function useEscape(running: boolean, post: (message: FromPromptView) => void) {
  // With the drawing, not after it: what is seen running can be stopped.
  useLayoutEffect(() => {
    if (!running) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.isComposing) post({ type: 'stop' });
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [running, post]);
}

function placeholder(picture: Picture | null, region: Region | null): string {
  if (!picture) return 'Ask a question';
  const name =
    picture.name.length > 40 ? `${picture.name.slice(0, 28)}…${picture.name.slice(-11)}` : picture.name;
  return region ? `Ask about the region of ${name}` : `Ask about ${name}`;
}
