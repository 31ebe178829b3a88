import type { ShownRun } from '../../src/protocol/profilingView';
import { Button } from '../shared/Button';
import { Swatch } from '../shared/charts/Swatch';
import type { Theme } from '../shared/charts/theme';
import { Cross } from '../shared/icons';
import { nameForPeople, shorten } from '../shared/text';
import type { ChartRun } from './model/charts';
import { cautionsOf, differenceOf } from './model/difference';
import type { Post } from './post';

interface Props {
  runs: readonly ChartRun[];
  shown: readonly ShownRun[];
  /** Whether the first one is still being measured. */
  running: boolean;
  theme: Theme;
  post: Post;
}

/** The runs in the charts with their strokes, and what sets the first apart from each of the others. */
export function RunList({ runs, shown, running, theme, post }: Props) {
  const [first] = runs;
  if (!first || runs.length + shown.length < 1) return null;
  return (
    <ul class="run-list" aria-label="Runs in the charts">
      {runs.map(({ name, record }, index) => {
        const place = shown.find(run => run.record.id === record.id)?.place ?? null;
        const cautions = index === 0 ? [] : cautionsOf(first.record, record);
        return (
          <li key={record.id}>
            <span class="run-head">
              <Swatch theme={theme} index={index} />
              {place === null ? (
                <span class="run-name">{shorten(nameForPeople(name), 72)}</span>
              ) : (
                <Button
                  kind="link"
                  title={`Open ${nameForPeople(place)}`}
                  onClick={() => post({ type: 'openRun', id: record.id })}
                >
                  {shorten(nameForPeople(name), 72)}
                </Button>
              )}
              {index > 0 && (
                <Button
                  kind="link"
                  label={`Take ${nameForPeople(name)} away`}
                  onClick={() => post({ type: 'removeRun', id: record.id })}
                >
                  <Cross />
                </Button>
              )}
            </span>
            {index > 0 && !running && (
              <span class="run-difference">
                {differenceOf(first.record, record)}
                {cautions.length > 0 && (
                  <span class="hint">{` Not speed alone: ${cautions.join(', ')}.`}</span>
                )}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
