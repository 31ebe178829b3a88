import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClaimsField } from '../../src/protocol/claimsRun';
import type { ClaimsViewState } from '../../src/protocol/claimsView';
import { Button } from '../shared/Button';
import { Select } from '../shared/Select';
import { CostLine } from './CostLine';
import type { Post } from './claimsHost';
import { draftOf, type FormDraft, readDraft, shortageOf } from './model/form';

interface Props {
  state: ClaimsViewState;
  /** Why nothing can be measured now; null when it can. */
  runReason: string | null;
  onRun: () => void;
  post: Post;
}

type TextField = Exclude<keyof FormDraft, 'precision'>;

const fields: readonly [TextField, string, string][] = [
  ['imageSizes', 'Picture sizes, px', 'Edges of square pictures'],
  ['contexts', 'Contexts, tokens', 'Tokens in the context while decoding'],
  ['memory', 'Memory budget', 'For the longest context, which is computed: 4 GB'],
  ['repeats', 'Repetitions', 'Measured values after one warm-up'],
];

const folderChoice = 'choose a folder';
/** How long nobody has to type before the cost is asked for. */
const pauseMs = 500;

/** Which models run at which sizes, and what that costs. */
export function Form({ state, runReason, onRun, post }: Props) {
  const [draft, setDraft] = useState(() => draftOf(state.form.settings));
  const reading = readDraft(draft);
  const typed = 'problem' in reading ? reading.problem : null;
  const { cost } = state;
  const refused = typed === null && cost?.ok === false ? cost : null;
  const [models, setModels] = useState(state.form.models);
  const [ours, baseline] = state.form.models;
  // A folder that was chosen in the editor's own window comes back this way.
  useEffect(() => setModels([ours, baseline]), [ours, baseline]);
  const asked = useRef(JSON.stringify(state.form.settings));
  const settings = 'settings' in reading ? reading.settings : null;
  const text = JSON.stringify(settings);
  useEffect(() => {
    if (settings === null || text === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = text;
      post({ type: 'plan', form: { models, settings } });
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text, models]);

  const shortage = cost?.ok ? shortageOf(cost.cost) : null;
  const disabledReason =
    runReason ??
    typed?.sentence ??
    refused?.failure.message ??
    (shortage?.kind === 'disk' ? shortage.sentence : null);
  const run = () => {
    if (settings === null || disabledReason !== null) return;
    post({ type: 'run', form: { models, settings } });
    onRun();
  };
  const choose = (which: 0 | 1) => (id: string) => {
    if (id === folderChoice) return post({ type: 'chooseFolder', which });
    const chosen: [string, string] = which === 0 ? [id, models[1]] : [models[0], id];
    setModels(chosen);
    post({ type: 'plan', form: { models: chosen, settings: settings ?? state.form.settings } });
  };
  const problemAt = (field: ClaimsField) => (refused?.field === field ? refused.failure.message : null);
  const options = [
    ...state.choices.map(({ id, label }) => ({ value: id, label })),
    { value: folderChoice, label: 'Choose a folder…' },
  ];
  return (
    <form
      class="settings comparison"
      onSubmit={event => event.preventDefault()}
      onKeyDown={event => {
        // The page's policy forbids forms to be sent, and with it what Enter does by itself.
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) run();
      }}
    >
      <Field name="Model" problem={problemAt('model')}>
        <Select label="Model" value={models[0]} options={options} onChange={choose(0)} />
      </Field>
      <Field name="Against" problem={problemAt('baseline')}>
        <Select label="Against" value={models[1]} options={options} onChange={choose(1)} />
      </Field>
      {fields.map(([field, name, title]) => {
        const problem =
          typed?.field === field ? typed.sentence : field === 'imageSizes' ? problemAt('imageSizes') : null;
        return (
          <Field key={field} name={name} title={title} problem={problem}>
            <input
              type="text"
              aria-label={name}
              value={draft[field]}
              aria-invalid={problem !== null}
              onInput={({ currentTarget: { value } }) => setDraft(before => ({ ...before, [field]: value }))}
            />
          </Field>
        );
      })}
      <Field name="Decoders" problem={null}>
        <Select
          label="Precision of the decoders"
          value={draft.precision}
          options={[
            { value: 'cpu-q4', label: 'cpu-q4 (int4 weights)' },
            { value: 'fp32', label: 'fp32' },
          ]}
          onChange={value =>
            setDraft(before => ({ ...before, precision: value === 'fp32' ? 'fp32' : 'cpu-q4' }))
          }
        />
      </Field>
      <div class="settings-end">
        <CostLine
          // In Restricted Mode the page says above that nothing is measured.
          cost={typed === null && state.trusted ? cost : null}
          waiting={typed === null && state.trusted}
          contexts={settings?.contexts ?? []}
          post={post}
        />
        <Button kind="primary" disabledReason={disabledReason} onClick={run}>
          Compare
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  name: string;
  title?: string;
  /** What is wrong with it, in a sentence; null where nothing is. */
  problem: string | null;
  children: ComponentChildren;
}

function Field({ name, title, problem, children }: FieldProps) {
  return (
    <div class="settings-field row" title={title}>
      <span>{name}</span>
      {children}
      {problem !== null && (
        <p class="settings-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
