import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import {
  calibrationMethods,
  htpProfiles,
  type PixelScale,
  pixelScales,
  type QuantizationSettings,
} from '../../src/protocol/quantization';
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

const pixelNames = { unit: '0 to 1', signed: '-1 to 1', imagenet: "ImageNet's", byte: '0 to 255' };

interface Props {
  settings: QuantizationSettings;
  /** Words for the samples; of the last measurement, how many of them were used. */
  samples: { name: string; counts: string | null };
  /** How a bare graph takes its pictures; null where it is fed none. */
  pixels: PixelScale | null;
  /** Words for what was given to open inputs; null where none are open. */
  inputs: string | null;
  /** Words for the float model of a quantized one; null where there is none. */
  original: string | null;
  onInputs: () => void;
  onMeasure: (settings: QuantizationSettings, pixels: PixelScale | null) => void;
  onChooseCalibration: () => void;
  onOriginal: (change: 'chooseOriginal' | 'forgetOriginal') => void;
}

/** What to measure and how; changed here only, until Measure is pressed. */
export function SettingsForm(props: Props) {
  const { settings, samples, inputs, original, onInputs, onMeasure, onChooseCalibration, onOriginal } = props;
  const [draft, setDraft] = useState(settings);
  const [pixels, setPixels] = useState(props.pixels);
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
      {pixels !== null && (
        <div class="settings-row">
          <span>Pixels</span>
          <Select
            label="How the model takes pictures"
            value={pixels}
            options={pixelScales.map(value => ({ value, label: pixelNames[value] }))}
            onChange={value => setPixels(pixelScales.find(scale => scale === value) ?? pixels)}
          />
        </div>
      )}
      {inputs !== null && (
        <Choice name="Inputs" words={inputs}>
          <Button kind="link" onClick={onInputs}>
            change…
          </Button>
        </Choice>
      )}
      {original !== null && (
        <Choice name="Against" words={original}>
          <Button
            kind="link"
            label="Choose the float model"
            title="The float model that this one was quantized from"
            onClick={() => onOriginal('chooseOriginal')}
          >
            choose…
          </Button>
          <Button
            kind="link"
            label="Measure without a float model"
            onClick={() => onOriginal('forgetOriginal')}
          >
            none
          </Button>
        </Choice>
      )}
      <div class="settings-row end">
        <span class="hint">{formatCount(schemes.length, 'column')}, simulated on this machine</span>
        <Button kind="primary" disabledReason={reason} onClick={() => onMeasure(draft, pixels)}>
          Measure
        </Button>
      </div>
    </form>
  );
}

function Choice({ name, words, children }: { name: string; words: string; children: ComponentChildren }) {
  return (
    <div class="settings-row">
      <span>{name}</span>
      <span class="samples" dir="auto" title={words}>
        {words}
      </span>
      {children}
    </div>
  );
}

function withGranularity(
  { symmetric }: QuantizationSettings['weights'],
  value: string,
): QuantizationSettings['weights'] {
  if (value === 'block') return { granularity: 'block', blockSize: 32, symmetric };
  return { granularity: value === 'tensor' ? 'tensor' : 'channel', symmetric };
}
