import { type CalibrationInfo, quantizedColumn, type UnitDetail } from '../../src/protocol/quantization';
import type { RecipeInfo } from '../../src/protocol/quantizationView';
import { Button } from '../shared/Button';
import { formatCount } from '../shared/format';
import { Cross, Failed } from '../shared/icons';
import { shorten, visibleText } from '../shared/text';
import { Advice } from './Advice';
import { Histogram } from './Histogram';
import { describeCell, formatSignificant } from './model/figures';
import { cellOf, type Layer } from './model/layers';
import { schemeName } from './model/names';
import type { ViewModel } from './model/viewModel';
import type { Post } from './post';
import type { Theme } from './theme';

interface Props {
  detail: NonNullable<ViewModel['detail']>;
  /** All layers of the map. */
  layers: readonly Layer[];
  /** The samples of the model that the cell belongs to; null while they are not known. */
  info: CalibrationInfo | null;
  recipe: RecipeInfo | null;
  /** Why nothing can be written; null when it can. */
  readOnlyReason: string | null;
  theme: Theme;
  post: Post;
  onClose: () => void;
  onRetry: () => void;
}

/** All about one cell: what it is, how wrong, why, and what to do. */
export function DetailPane(props: Props) {
  const { detail, layers, post, onClose, onRetry } = props;
  const { cell: address, outcome, asked } = detail;
  const layer = layers.find(({ places, unit }) => {
    const place = places[address.side];
    return unit.layer === address.layer && place?.table.name === address.graph;
  });
  const cell = layer && cellOf(layer, address);
  const shape = layer?.unit.outputShape;
  const facts = [
    layer && shorten(visibleText(layer.unit.op), 80),
    shape && `[${shape.join(', ')}]`,
    schemeName(address.scheme),
    layer && layer.unit.parameters > 0 && formatCount(layer.unit.parameters, 'weight'),
  ];
  return (
    <aside class="detail" aria-label="Details of the layer" aria-busy={asked}>
      <div class="detail-head">
        <h2 dir="ltr">{shorten(visibleText(address.layer), 1500)}</h2>
        <Button
          kind="link"
          label="Copy the name"
          title="Copy the name"
          onClick={() => post({ type: 'copy', text: address.layer })}
        >
          copy
        </Button>
        <Button kind="link" label="Close the details" title="Close (Escape)" onClick={onClose}>
          <Cross />
        </Button>
      </div>
      <p class="hint">{facts.filter(Boolean).join(' · ')}</p>
      <p class="big-figure">
        <span>{describeCell(cell, 'sqnr')}</span>
        {cell?.rmsPercent != null && <small>RMS {describeCell(cell, 'rms')}</small>}
        {cell?.cosine != null && <small>cosine {describeCell(cell, 'cosine')}</small>}
      </p>
      {asked && (
        <p class="measuring">
          {outcome === null
            ? 'Measuring this layer…'
            : 'Measuring this layer again; below are the figures of before.'}
        </p>
      )}
      {outcome?.ok === false && !asked && (
        <div class="failure">
          <p>
            <Failed />
            <span dir="auto">{outcome.failure.message}</span>
          </p>
          <Button onClick={onRetry}>Try Again</Button>
        </div>
      )}
      {outcome?.ok && address.scheme === quantizedColumn && (
        <p class="hint">
          Below: a simulation of the recipe that it was exported with, with ranges of the samples here. The
          figure above is of the files as they are.
        </p>
      )}
      {outcome?.ok && <Known {...props} known={outcome.detail} />}
    </aside>
  );
}

/** The part that had to be measured first. */
function Known({ known, info, theme, recipe, readOnlyReason, post }: Props & { known: UnitDetail }) {
  return (
    <>
      <Sources detail={known} />
      <h3>Values, float and quantized</h3>
      <Histogram detail={known} theme={theme} />
      <p class="hint">{valuesSentence(known.range, info)}</p>
      <p class="hint">{rangeSentence(known.range, info)}</p>
      <Outliers outliers={known.outliers} />
      <h3>What to do</h3>
      <Advice detail={known} recipe={recipe} readOnlyReason={readOnlyReason} post={post} />
    </>
  );
}

/** Where the error comes from: the layer alone, its weights, its activations. */
function Sources({ detail }: { detail: UnitDetail }) {
  const rows = [
    ['accumulated', detail.accumulated, 'Everything before it quantized too'],
    ['this layer alone', detail.local, 'Float input, its own quantizers, before its output quantizer'],
    ['weights only', detail.weightOnly, 'Its weights quantized, its activations float'],
    ['activations only', detail.activationOnly, 'Its activations quantized, its weights float'],
  ] as const;
  return (
    <table class="sources">
      <thead class="visually-hidden">
        <tr>
          <th>Quantized</th>
          <th>SQNR</th>
          <th>RMS error</th>
          <th>Largest error</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, figure, title]) => (
          <tr key={name} title={title}>
            <th scope="row">{name}</th>
            <td>{figure ? (figure.exact ? 'exact' : describeCell(figure, 'sqnr')) : '–'}</td>
            <td>{figure?.rmsPercent != null ? describeCell(figure, 'rms') : ''}</td>
            <td>{figure?.maxError != null ? `max ${formatSignificant(figure.maxError)}` : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The histogram's samples are not those that set the range, so each is said with its own. */
function valuesSentence({ clippedShare, step }: UnitDetail['range'], info: CalibrationInfo | null): string {
  const samples = info === null ? 'measured samples' : formatCount(info.evaluationSamples, 'measured sample');
  if (step === null) return `Drawn: the ${samples}.`;
  return clippedShare === 0
    ? `Drawn: the ${samples}, of which the range clips nothing.`
    : `Drawn: the ${samples}; ${formatSignificant(100 * clippedShare)} % of the values lie outside the range.`;
}

function rangeSentence(range: UnitDetail['range'], info: CalibrationInfo | null): string {
  const ends = (from: number, to: number) => `${formatSignificant(from)} to ${formatSignificant(to)}`;
  const samples =
    info === null ? 'calibration samples' : formatCount(info.calibrationSamples, 'calibration sample');
  const seen = `The ${samples} reach from ${ends(range.min, range.max)}`;
  if (range.step === null) return `${seen}; activations stay float.`;
  return `${seen} and set the range ${ends(range.chosenMin, range.chosenMax)} in steps of ${formatSignificant(range.step)}.`;
}

function Outliers({ outliers }: { outliers: UnitDetail['outliers'] }) {
  if (outliers.length === 0) return null;
  const largest = outliers[0]?.timesMedian ?? 1;
  return (
    <>
      <h3>Channels that stand out</h3>
      <ol class="outliers">
        {outliers.slice(0, 6).map(({ channel, maxAbs, timesMedian }) => (
          <li key={channel} title={`Largest absolute value ${formatSignificant(maxAbs)}`}>
            <span>channel {channel}</span>
            <span class="outlier-bar">
              <span style={{ width: `${(100 * timesMedian) / largest}%` }} />
            </span>
            <span>{formatSignificant(timesMedian)}× the median</span>
          </li>
        ))}
      </ol>
    </>
  );
}
