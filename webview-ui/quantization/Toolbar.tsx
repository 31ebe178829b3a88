import type { Ref } from 'preact';
import { Button } from '../shared/Button';
import { Select } from '../shared/Select';
import { metricNames, metrics } from './model/figures';
import type { Saved } from './saved';

interface Props {
  settings: Saved;
  onSettings: (change: Partial<Pick<Saved, 'metric' | 'thresholdDb' | 'belowOnly'>>) => void;
  filter: string;
  onFilter: (text: string) => void;
  filterRef: Ref<HTMLInputElement>;
  /** From the filter back into the map. */
  onDone: () => void;
}

/** What the map shows: the metric, the limit, the filter. */
export function Toolbar({ settings, onSettings, filter, onFilter, filterRef, onDone }: Props) {
  const { metric, thresholdDb, belowOnly } = settings;
  return (
    <>
      <Select
        label="Metric"
        title="What the cells say: errors at each layer's output with everything before it quantized too"
        value={metric}
        options={metrics.map(value => ({ value, label: `${metricNames[value].name}, accumulated` }))}
        onChange={value => {
          const chosen = metrics.find(other => other === value);
          if (chosen) onSettings({ metric: chosen });
        }}
      />
      <span class={belowOnly ? 'limit on' : 'limit'}>
        <label title="Show only layers below the limit: in the column sorted by, else in any">
          <input type="checkbox" checked={belowOnly} onChange={() => onSettings({ belowOnly: !belowOnly })} />
          below
        </label>
        <input
          type="number"
          aria-label="Limit in dB"
          min={0}
          max={100}
          step={1}
          value={thresholdDb}
          onInput={event => {
            const value = event.currentTarget.valueAsNumber;
            if (value >= 0 && value <= 100) onSettings({ thresholdDb: value });
          }}
        />
        dB
      </span>
      <span class="filter">
        <input
          ref={filterRef}
          type="text"
          aria-label="Filter layers"
          title={'Words of a name or operator; * stands for anything, "…" for a rule\'s whole pattern'}
          placeholder="Filter layers"
          spellcheck={false}
          value={filter}
          onInput={event => onFilter(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Escape') onFilter('');
            else if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
            event.preventDefault();
            event.stopPropagation();
            onDone();
          }}
        />
        {filter !== '' && (
          <Button kind="link" label="Clear the filter" onClick={() => onFilter('')}>
            ×
          </Button>
        )}
      </span>
    </>
  );
}
