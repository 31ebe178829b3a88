import { precisionLabels } from '../../src/protocol/prompt';
import type { FromPromptView, PromptViewState } from '../../src/protocol/promptView';
import { Button } from '../shared/Button';
import { formatParameters } from '../shared/format';
import { Select } from '../shared/Select';

/** The value of the entry that asks for a folder instead of choosing a model; no absolute path looks like it. */
const addModel = 'add';

interface Props {
  state: Omit<PromptViewState, 'cards'> | null;
  post: (message: FromPromptView) => void;
}

/** One line that says model · precision · target, and lets them be changed. */
export function Toolbar({ state, post }: Props) {
  if (!state) return <header class="toolbar" />;
  const { models, targets, choice, runtime } = state;
  const model = models.find(info => info.bundleDir === choice.bundleDir);
  const modelOptions = [
    ...(model ? [] : [{ value: choice.bundleDir, label: 'No model' }]),
    ...models.map(info => ({ value: info.bundleDir, label: info.name })),
    {
      value: addModel,
      label: 'Add a model folder…',
      unavailable: state.trusted ? undefined : 'needs a trusted workspace',
    },
  ];
  return (
    <header class="toolbar">
      <Select
        label="Model"
        emphasis
        value={choice.bundleDir}
        title={
          model && `${model.name}: ${formatParameters(model.parameters)}, sha256 ${model.sha256.slice(0, 8)}`
        }
        options={modelOptions}
        onChange={value =>
          post(value === addModel ? { type: 'addModel' } : { type: 'choose', bundleDir: value })
        }
      />
      <Select
        label="Precision"
        value={choice.precision}
        options={(model?.precisions ?? [choice.precision]).map(value => ({
          value,
          label: precisionLabels[value],
        }))}
        onChange={value => {
          const precision = model?.precisions.find(known => known === value);
          if (precision) post({ type: 'choose', precision });
        }}
      />
      <Select
        label="Target"
        value={choice.target}
        options={targets.map(target => ({
          value: target.id,
          label: target.label,
          unavailable: target.available ? undefined : (target.reason ?? 'not available'),
        }))}
        onChange={target => post({ type: 'choose', target })}
      />
      <RuntimeState runtime={runtime} post={post} />
    </header>
  );
}

/** Silent while all is well. */
function RuntimeState({ runtime, post }: { runtime: PromptViewState['runtime']; post: Props['post'] }) {
  if (runtime.state === 'ready') return null;
  const starting = runtime.state === 'starting';
  return (
    <span class={`runtime ${runtime.state}`} role="status">
      <span class="dot" />
      <span class="runtime-words">
        {runtime.message ?? (starting ? 'Starting…' : 'The runtime has stopped.')}
      </span>
      {!starting && (
        <Button kind="link" onClick={() => post({ type: 'restart' })}>
          restart
        </Button>
      )}
    </span>
  );
}
