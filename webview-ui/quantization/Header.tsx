import type { Ref } from 'preact';
import { Button } from '../shared/Button';
import { Cross } from '../shared/icons';
import { Menu } from '../shared/Menu';
import { nameForPeople, shorten } from '../shared/text';
import { describeShapes } from './model/sizes';
import { conditions, conditionsAtLength, countsOf } from './model/summary';
import { describeValues } from './model/values';
import { hasFigures, hasInputs, type Measured, type ViewModel } from './model/viewModel';
import type { Post } from './post';
import { SettingsForm } from './SettingsForm';
import type { Saved } from './saved';
import { Toolbar } from './Toolbar';

interface Props {
  model: ViewModel;
  summary: string;
  readOnlyReason: string | null;
  settings: Saved;
  onSettings: (change: Partial<Pick<Saved, 'metric' | 'thresholdDb' | 'belowOnly'>>) => void;
  filter: string;
  onFilter: (text: string) => void;
  filterRef: Ref<HTMLInputElement>;
  onDone: () => void;
  onExport: (kind: 'png' | 'csv' | 'html') => void;
  /** Asks for what the model leaves open of its inputs. */
  onInputs: () => void;
  post: Post;
}

const exports = [
  ['png', 'Picture (PNG)'],
  ['csv', 'Table (CSV)'],
  ['html', 'Page (HTML)'],
] as const;

/** The sentence that says it all, and what changes the view under it. */
export function Header(props: Props) {
  const { model, summary, readOnlyReason, onExport, onInputs, post } = props;
  const { state, model: measured, compared } = model;
  const info = measured?.report?.calibration;
  const measurable = measured?.run.state === 'running' ? 'A measurement is running' : readOnlyReason;
  const notYet = measured && hasFigures(measured) ? null : 'Nothing is measured yet';
  return (
    <header class="top">
      <h1 dir="auto">{summary}</h1>
      <div class="tools">
        <Toolbar {...props} />
        {info && (
          <span class="hint conditions" title={conditionsAtLength(info, measured)}>
            {conditions(info, 'simulated')}
          </span>
        )}
        <span class="tools-end">
          {compared ? (
            <Button
              onClick={() => post({ type: 'closeCompareModel' })}
              label={`Close ${nameForPeople(compared.name)}`}
              title={`Columns marked ↔ are of ${nameForPeople(compared.place)}. Click to close.`}
            >
              {`↔ ${shorten(nameForPeople(compared.name), 28)} `}
              <Cross />
            </Button>
          ) : (
            <Button disabledReason={notYet} onClick={() => post({ type: 'openCompareModel' })}>
              Side by Side…
            </Button>
          )}
          <Menu label="Export" disabledReason={notYet}>
            {close => (
              <div class="choices">
                {exports.map(([kind, label]) => (
                  <Button
                    key={kind}
                    kind="link"
                    onClick={() => {
                      close();
                      onExport(kind);
                    }}
                  >
                    {label}
                  </Button>
                ))}
                <Button
                  kind="link"
                  disabledReason={state?.recipe ? readOnlyReason : 'There is no recipe yet: add a rule first'}
                  onClick={() => {
                    close();
                    post({ type: 'applyRecipe' });
                  }}
                >
                  Quantized model (ONNX)…
                </Button>
              </div>
            )}
          </Menu>
          {state?.recipe && <Button onClick={() => post({ type: 'openRecipe' })}>Open Recipe</Button>}
          {state && measured && (
            <Menu label="Measure" kind="primary" disabledReason={measurable}>
              {close => (
                <SettingsForm
                  settings={state.settings}
                  samples={samplesOf(state.calibration, measured)}
                  pixels={measured.pixels}
                  inputs={inputsOf(measured)}
                  original={measured.original}
                  onInputs={() => {
                    close();
                    onInputs();
                  }}
                  onMeasure={(settings, pixels) => {
                    close();
                    post({ type: 'measure', settings, ...(pixels !== null && { pixels }) });
                  }}
                  onChooseCalibration={() => post({ type: 'chooseCalibration' })}
                  onOriginal={type => {
                    close();
                    post({ type, side: 'model' });
                  }}
                />
              )}
            </Menu>
          )}
        </span>
      </div>
    </header>
  );
}

/** Words for what the model is fed, and how much of it was used where that is known. */
function samplesOf(calibration: string | null, { report, usualSamples }: Measured) {
  const usual = usualSamples === 'random' ? 'random inputs' : "the model's own";
  return { name: calibration ?? usual, counts: report && countsOf(report.calibration) };
}

/** What was given for inputs that are open; null where none are. */
function inputsOf(measured: Measured): string | null {
  if (!hasInputs(measured)) return null;
  const given = [describeShapes(measured.shapes), describeValues(measured.values)];
  return given.filter(Boolean).join(', ') || 'not given yet';
}
