import { Button } from '../shared/Button';
import { formatCount, formatList } from '../shared/format';
import { nameForPeople } from '../shared/text';
import { InputsForm } from './InputsForm';
import { schemeName } from './model/names';
import { asksForInputs, asksForOriginal, type ViewModel } from './model/viewModel';
import { OriginalForm } from './Original';
import type { Post } from './post';

interface Props {
  model: ViewModel;
  /** There are layers, but the filter or the limit hides them all. */
  filtered: boolean;
  readOnlyReason: string | null;
  onShowAll: () => void;
  post: Post;
}

/** What stands in place of the map while it has no row. */
export function Emptiness({ model, filtered, readOnlyReason, onShowAll, post }: Props) {
  const { state } = model;
  if (!state || !model.model) return null;
  if (filtered)
    return (
      <div class="empty">
        <h2>No layer to show</h2>
        <p>None matches the filter and the limit.</p>
        <Button onClick={onShowAll}>Show All Layers</Button>
      </div>
    );
  if (model.model.run.state === 'running')
    return (
      <div class="empty">
        <h2>Reading the graph</h2>
        <p>Layers appear first, then their figures, scheme by scheme.</p>
      </div>
    );
  if (asksForOriginal(model.model))
    return <OriginalForm side="model" measured={model.model} readOnlyReason={readOnlyReason} post={post} />;
  if (asksForInputs(model.model))
    return (
      <div class="empty">
        <InputsForm
          side="model"
          measured={model.model}
          readOnlyReason={readOnlyReason}
          post={post}
          onClose={null}
        />
      </div>
    );
  const { settings } = state;
  return (
    <div class="empty">
      <h2>Which layers does quantization hurt?</h2>
      <p dir="auto">
        {`Runs ${nameForPeople(model.model.name)} once in float and in ${formatList(settings.schemes.map(schemeName))}, side by side, over the same samples. It stays on this machine and can be cancelled.`}
      </p>
      <Button
        kind="primary"
        disabledReason={readOnlyReason}
        onClick={() => post({ type: 'measure', settings })}
      >
        {`Measure ${formatCount(settings.schemes.length, 'Scheme')}`}
      </Button>
      {readOnlyReason !== null && <p class="hint">{readOnlyReason}</p>}
    </div>
  );
}
