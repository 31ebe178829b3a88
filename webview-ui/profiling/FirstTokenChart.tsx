import { useState } from 'preact/hooks';
import { formatMs } from '../shared/format';
import { ChartFrame } from './ChartFrame';
import { type FirstTokenBar, firstTokenParts } from './model/firstToken';
import { Swatch } from './RunList';
import type { Theme } from './theme';

export const firstTokenTitle = 'First token, ms in parts';

interface Props {
  bars: readonly FirstTokenBar[];
  theme: Theme;
  empty: string;
}

/** Stacked bars of what comes before the first token; the medians of every part. */
export function FirstTokenChart({ bars, theme, empty }: Props) {
  const [reading, setReading] = useState('');
  const several = bars.some(({ run }) => run > 0);
  const longest = Math.max(...bars.map(barLength), 1e-9);
  return (
    <ChartFrame
      title={firstTokenTitle}
      reading={reading}
      empty={bars.length === 0 ? empty : null}
      remarks={['medians of the measured repetitions; those of the parts need not add up']}
      chart={
        <div class="bars-box">
          <Legend theme={theme} />
          <ul class="bars">
            {bars.map(bar => (
              <li key={bar.key}>
                <button
                  type="button"
                  class="bar-row"
                  aria-label={barWords(bar)}
                  title={barWords(bar)}
                  onFocus={() => setReading(barWords(bar))}
                  onBlur={() => setReading('')}
                  onPointerEnter={() => setReading(barWords(bar))}
                  onPointerLeave={() => setReading('')}
                >
                  <span class="bar-label">
                    {several && <Swatch theme={theme} index={bar.run} />} {bar.where}
                  </span>
                  <span class="bar">
                    {bar.partsMs.map((ms, index) => (
                      <span
                        key={firstTokenParts[index]?.name}
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
      table={() => <BarTable bars={bars} />}
    />
  );
}

/** What a bar spans: its parts, since their medians need not add up to that of the whole. */
function barLength({ partsMs, ttftMs }: FirstTokenBar): number {
  return Math.max(
    partsMs.reduce<number>((sum, ms) => sum + (ms ?? 0), 0),
    ttftMs,
  );
}

function barWords({ label, ttftMs, partsMs }: FirstTokenBar): string {
  const parts = partsMs.flatMap((ms, index) =>
    ms === null ? [] : [`${firstTokenParts[index]?.name} ${formatMs(ms)}`],
  );
  return `${label}: ${formatMs(ttftMs)} = ${parts.join(' + ')}`;
}

function Legend({ theme }: { theme: Theme }) {
  return (
    <p class="bars-legend hint" aria-hidden="true">
      {firstTokenParts.map(({ name }, index) => (
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

function BarTable({ bars }: { bars: readonly FirstTokenBar[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Prompt</th>
          <th scope="col">first token</th>
          {firstTokenParts.map(({ name }) => (
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
              <td key={firstTokenParts[index]?.name}>{ms === null ? '–' : formatMs(ms)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
