import { useState } from 'preact/hooks';
import type { ProfilingSubject } from '../../src/protocol/profilingView';
import { Button } from '../shared/Button';
import { nameForPeople } from '../shared/text';
import { costWords, draftOf, type FormDraft, readDraft } from './model/form';
import type { Post } from './post';

interface Props {
  subject: ProfilingSubject;
  /** Why nothing can be measured now; null when it can. */
  disabledReason: string | null;
  onRun: () => void;
  post: Post;
}

type TextField = Exclude<keyof FormDraft, 'operators'>;

const fields: readonly [TextField, string, string][] = [
  ['repetitions', 'Repetitions', 'Measured prompts for each context'],
  ['warmUps', 'Warm-ups', 'Prompts before them, which no figure counts'],
  ['tokens', 'Tokens', 'Tokens that every prompt writes'],
  ['sustainSeconds', 'Sustained, s', 'Seconds of prompts without a pause, to see throttling; 0 = none'],
];

/** What the next run measures, and what that costs. */
export function SettingsForm({ subject, disabledReason, onRun, post }: Props) {
  const [draft, setDraft] = useState(() => draftOf(subject.settings));
  const reading = readDraft(draft);
  const wrong = 'problem' in reading ? reading : null;
  const change = (field: TextField) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setDraft(before => ({ ...before, [field]: value }));
  };
  const run = () => {
    if ('problem' in reading || disabledReason !== null) return;
    post({ type: 'run', form: reading.form });
    onRun();
  };
  return (
    <form
      class="settings"
      onSubmit={event => event.preventDefault()}
      onKeyDown={event => {
        // The page's policy forbids forms to be sent, and with it what Enter does by itself.
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) run();
      }}
    >
      <label class="settings-field wide">
        <span>Question</span>
        <input
          type="text"
          value={draft.question}
          aria-invalid={wrong?.field === 'question'}
          onInput={change('question')}
        />
      </label>
      <div class="settings-field wide">
        <span>Picture</span>
        <span class="settings-picture" title={nameForPeople(subject.settings.imagePath)}>
          {nameForPeople(subject.picture)}
        </span>
        <Button
          disabledReason={wrong?.problem ?? null}
          onClick={() => {
            if ('form' in reading) post({ type: 'choosePicture', form: reading.form });
          }}
        >
          Choose…
        </Button>
      </div>
      <label
        class="settings-field wide"
        title="Prompt lengths in tokens beside the prompt as it is: 128, 512"
      >
        <span>Contexts</span>
        <input
          type="text"
          placeholder="none: the prompt as it is"
          value={draft.contexts}
          aria-invalid={wrong?.field === 'contexts'}
          onInput={change('contexts')}
        />
      </label>
      <div class="settings-numbers">
        {fields.map(([field, name, title]) => (
          <label key={field} class="settings-field" title={title}>
            <span>{name}</span>
            <input
              type="text"
              inputMode="numeric"
              value={draft[field]}
              aria-invalid={wrong?.field === field}
              onInput={change(field)}
            />
          </label>
        ))}
      </div>
      <label class="settings-check">
        <input
          type="checkbox"
          checked={draft.operators}
          onChange={() => setDraft(before => ({ ...before, operators: !before.operators }))}
        />
        Time the operators, in a pass of their own
      </label>
      <div class="settings-end">
        <p class={wrong ? 'settings-problem' : 'hint'} role={wrong ? 'alert' : undefined}>
          {wrong ? wrong.problem : 'form' in reading && costWords(reading.form)}
        </p>
        <Button kind="primary" disabledReason={disabledReason ?? wrong?.problem ?? null} onClick={run}>
          Run
        </Button>
      </div>
    </form>
  );
}
