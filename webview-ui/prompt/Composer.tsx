import { useEffect, useRef, useState } from 'preact/hooks';
import type { ModelChoice } from '../../src/protocol/prompt';
import { Button } from '../shared/Button';
import { CompareMenu } from './CompareMenu';
import type { CompareOption } from './compareOptions';
import { recall } from './recall';
import type { ViewModel } from './viewModel';

/**
 * How long a sent question stays in the box. To draw the empty box at once held up the question itself: view and
 * editor share a thread.
 */
const leavingMs = 40;

interface Props {
  /** The draft that an earlier page left. */
  initialDraft: string;
  onDraft: (draft: string) => void;
  placeholder: string;
  /** Earlier questions, oldest first. */
  questions: readonly string[];
  disabledReason: string | null;
  running: boolean;
  focusRequest: ViewModel['focusRequest'];
  /** Builds that a question can also be asked of. */
  compareWith: readonly CompareOption[];
  onAsk: (question: string) => void;
  onCompare: (question: string, other: ModelChoice) => void;
  onStop: () => void;
}

/** Where the question is typed. Nothing typed is lost: a question that cannot be sent now stays in the box. */
export function Composer(props: Props) {
  const { disabledReason, running, focusRequest, onDraft } = props;
  const [text, setText] = useState(props.initialDraft);
  const box = useRef<HTMLTextAreaElement | null>(null);
  /** The text that was sent and is still in the box; not to be sent twice. */
  const leaving = useRef<string | null>(null);

  const change = (to: string) => {
    setText(to);
    onDraft(to);
  };
  // Once a request, whatever else has changed since.
  useEffect(() => {
    if (focusRequest.serial === 0) return;
    if (focusRequest.draft !== null) change(focusRequest.draft);
    box.current?.focus();
  }, [focusRequest.serial]);

  const ask = (send: (question: string) => void) => {
    const question = text.trim();
    if (disabledReason !== null || question === '' || text === leaving.current) return;
    send(question);
    leaving.current = text;
    setTimeout(() => {
      leaving.current = null;
      if (box.current?.value === text) change('');
    }, leavingMs);
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      // The editor would look for a key binding before it passes the question on.
      event.stopPropagation();
      ask(props.onAsk);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const recalled = recall(props.questions, text, event.key === 'ArrowUp' ? 'up' : 'down');
      if (recalled === null) return;
      event.preventDefault();
      change(recalled);
    }
  };

  const cannotSend = disabledReason ?? (text.trim() === '' ? 'Type a question first' : null);
  return (
    <form
      class="composer"
      onSubmit={event => {
        event.preventDefault();
        ask(props.onAsk);
      }}
    >
      <textarea
        ref={box}
        rows={2}
        value={text}
        placeholder={props.placeholder}
        aria-label="Question"
        aria-describedby="composer-hint"
        dir="auto"
        spellcheck={false}
        onInput={event => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="composer-row">
        <span id="composer-hint" class="hint">
          {disabledReason ?? 'Enter sends · Shift+Enter new line · ↑ recalls'}
        </span>
        {running ? (
          <Button onClick={props.onStop} title="Stop the answer (Escape)">
            Stop
          </Button>
        ) : (
          <span class="composer-buttons">
            <CompareMenu
              kind="secondary"
              options={props.compareWith}
              disabledReason={cannotSend}
              onCompare={other => ask(question => props.onCompare(question, other))}
            />
            <Button kind="primary" onClick={() => ask(props.onAsk)} disabledReason={cannotSend}>
              Ask
            </Button>
          </span>
        )}
      </div>
    </form>
  );
}
