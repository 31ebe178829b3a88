import { useState } from 'preact/hooks';
import { formatMs } from '../format';
import { ChartFrame } from './ChartFrame';
import type { StackedBar } from './chart';
import { Swatch } from './Swatch';
import type { Theme } from './theme';

interface Props {
  title: string;
  /** Names of the parts, in their order. */
  parts: readonly string[];
  bars: readonly StackedBar[];
  theme: Theme;
  /** What stands there without a bar. */
  empty: string;
}

/** Times as stacked bars; the medians of every part. */
export function StackedBars({ title, parts, bars, theme, empty }: Props) {
  const [reading, setReading] = useState('');
  const several = bars.some(({ run }) => run > 0);
  const longest = Math.max(...bars.map(barLength), 1e-9);
  return (
    <ChartFrame
      title={title}
      reading={reading}
      empty={bars.length === 0 ? empty : null}
      remarks={['medians of the measured repetitions; those of the parts need not add up']}
      chart={
        <div class="bars-box">
          <Legend parts={parts} theme={theme} />
          <ul class="bars">
            {bars.map(bar => (
              <li key={bar.key}>
                <button
                  type="button"
                  class="bar-row"
                  aria-label={barWords(bar, parts)}
                  title={barWords(bar, parts)}
                  onFocus={() => setReading(barWords(bar, parts))}
                  onBlur={() => setReading('')}
                  onPointerEnter={() => setReading(barWords(bar, parts))}
                  onPointerLeave={() => setReading('')}
                >
                  <span class="bar-label">
                    {several && <Swatch theme={theme} index={bar.run} />} {bar.where}
                  </span>
                  <span class="bar">
                    {bar.partsMs.map((ms, index) => (
                      <span
                        key={parts[index]}
                        class={`bar-part part-${index}`}
                        style={{
                          width: `${((ms ?? 0) / longest) * 100}%`,
                          background: theme.palette.runs[bar.run]?.parts[index] ?? theme.palette.muted,
                        }}
                      />
                    ))}
                  </span>
                  <span class="bar-total">{formatMs(bar.ttftMs)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      }
      table={() => <BarTable parts={parts} bars={bars} />}
    />
  );
}

/** What a bar spans: its parts, since their medians need not add up to that of the whole. */
function barLength({ partsMs, ttftMs }: StackedBar): number {
  return Math.max(
    partsMs.reduce<number>((sum, ms) => sum + (ms ?? 0), 0),
    ttftMs,
  );
}

function barWords({ label, ttftMs, partsMs }: StackedBar, names: readonly string[]): string {
  const parts = partsMs.flatMap((ms, index) => (ms === null ? [] : [`${names[index]} ${formatMs(ms)}`]));
  return `${label}: ${formatMs(ttftMs)} = ${parts.join(' + ')}`;
}

function Legend({ parts, theme }: Pick<Props, 'parts' | 'theme'>) {
  return (
    <p class="bars-legend hint" aria-hidden="true">
      {parts.map((name, index) => (
        <span key={name}>
          <span
            class={`swatch part-${index}`}
            style={{ background: theme.palette.runs[0]?.parts[index] ?? 'none' }}
          />
          {name}
        </span>
      ))}
    </p>
  );
}

function BarTable({ parts, bars }: Pick<Props, 'parts' | 'bars'>) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Prompt</th>
          <th scope="col">first token</th>
          {parts.map(name => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.map(bar => (
          <tr key={bar.key}>
            <th scope="row">{bar.label}</th>
            <td>{formatMs(bar.ttftMs)}</td>
            {bar.partsMs.map((ms, index) => (
              <td key={parts[index]}>{ms === null ? '–' : formatMs(ms)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
