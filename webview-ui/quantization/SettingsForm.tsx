import { useState } from 'preact/hooks';
import { calibrationMethods, htpProfiles, type QuantizationSettings } from '../../src/protocol/quantization';
import { Button } from '../shared/Button';
import { formatCount } from '../shared/format';
import { Select } from '../shared/Select';
import { schemeName } from './model/names';

/** Offered in the order in which they hurt: both, weights alone, activations alone. */
const offered = ['w8a16', 'w8a8', 'w4a16', 'w4a8', 'w8', 'w4', 'a16', 'a8'] as const;

const granularities = {
  tensor: 'one scale a tensor',
  channel: 'one scale a channel',
  block: 'one scale a block',
};
const methodNames = { minmax: 'min-max', percentile: 'percentile', mse: 'least squares', entropy: 'entropy' };
const htpNames = { none: 'no NPU limits', v68: 'HTP v68', v73: 'HTP v73', v75: 'HTP v75' };

interface Props {
  settings: QuantizationSettings;
  /** Words for the samples; of the last measurement, how many of them were used. */
  samples: { name: string; counts: string | null };
  /** Words for the sizes of open inputs; null where none are open. */
  sizes: string | null;
  onSizes: () => void;
  onMeasure: (settings: QuantizationSettings) => void;
  onChooseCalibration: () => void;
}

/** What to measure and how; changed here only, until Measure is pressed. */
export function SettingsForm(props: Props) {
  const { settings, samples, sizes, onSizes, onMeasure, onChooseCalibration } = props;
  const [draft, setDraft] = useState(settings);
  const { schemes, weights } = draft;
  const listed = [...new Set([...offered, ...settings.schemes])];
  const toggle = (scheme: string) =>
    setDraft({ ...draft, schemes: listed.filter(other => schemes.includes(other) !== (other === scheme)) });
  const reason =
    schemes.length === 0
      ? 'Choose at least one scheme'
      : schemes.length > 8
        ? 'At most 8 schemes can be measured at once'
        : null;
  return (
    <form class="settings" onSubmit={event => event.preventDefault()}>
      <fieldset>
        <legend>Schemes</legend>
        {listed.map(scheme => (
          <label key={scheme}>
            <input type="checkbox" checked={schemes.includes(scheme)} onChange={() => toggle(scheme)} />
            {schemeName(scheme)}
          </label>
        ))}
      </fieldset>
      <div class="settings-row">
        <span>Weights</span>
        <Select
          label="Granularity of the weights' scales"
          value={weights.granularity}
          options={Object.entries(granularities).map(([value, label]) => ({ value, label }))}
          onChange={value => setDraft({ ...draft, weights: withGranularity(weights, value) })}
        />
        <label>
          <input
            type="checkbox"
            checked={weights.symmetric}
            onChange={() => setDraft({ ...draft, weights: { ...weights, symmetric: !weights.symmetric } })}
          />
          symmetric
        </label>
      </div>
      <div class="settings-row">
        <span>Ranges</span>
        <Select
          label="Calibration method"
          value={draft.calibrationMethod}
          options={calibrationMethods.map(value => ({ value, label: methodNames[value] }))}
          onChange={value => {
            const calibrationMethod = calibrationMethods.find(method => method === value);
            if (calibrationMethod) setDraft({ ...draft, calibrationMethod });
          }}
        />
        <Select
          label="NPU whose arithmetic is followed"
          value={draft.htp}
          options={htpProfiles.map(value => ({ value, label: htpNames[value] }))}
          onChange={value => {
            const htp = htpProfiles.find(profile => profile === value);
            if (htp) setDraft({ ...draft, htp });
          }}
        />
      </div>
      <div class="settings-row">
        <span>Samples</span>
        <span class="samples" dir="auto" title={samples.name}>
          {samples.name}
        </span>
        <Button kind="link" onClick={onChooseCalibration}>
          choose…
        </Button>
        {samples.counts !== null && <span class="hint counts">{samples.counts}</span>}
      </div>
      {sizes !== null && (
        <div class="settings-row">
          <span>Sizes</span>
          <span class="samples" dir="auto" title={sizes}>
            {sizes}
          </span>
          <Button kind="link" onClick={onSizes}>
            change…
          </Button>
        </div>
      )}
      <div class="settings-row end">
        <span class="hint">{formatCount(schemes.length, 'column')}, simulated on this machine</span>
        <Button kind="primary" disabledReason={reason} onClick={() => onMeasure(draft)}>
          Measure
        </Button>
      </div>
    </form>
  );
}

function withGranularity(
  { symmetric }: QuantizationSettings['weights'],
  value: string,
): QuantizationSettings['weights'] {
  if (value === 'block') return { granularity: 'block', blockSize: 32, symmetric };
  return { granularity: value === 'tensor' ? 'tensor' : 'channel', symmetric };
}
