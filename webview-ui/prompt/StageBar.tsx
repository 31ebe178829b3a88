import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PromptResult } from '../../src/protocol/prompt';
import { formatMs } from '../shared/format';
import { details, partNames, stageSentence } from './cardFacts';
import { type Part, parts, type Share, totalMs } from './progress';

interface Props {
  shares: readonly Share[];
  /** Milliseconds that fill the whole width: one scale for all cards, so that their lengths compare. */
  scaleMs: number;
  result: PromptResult | undefined;
}

/** Where the time of one answer went; hover or focus shows the numbers. */
export function StageBar({ shares, scaleMs, result }: Props) {
  const bar = useRef<HTMLButtonElement | null>(null);
  const [open, setOpen] = useState(false);
  const [pointed, setPointed] = useState<Part | null>(null);
  const close = () => {
    setOpen(false);
    setPointed(null);
  };
  return (
    <div class="stagebar-row">
      <button
        ref={bar}
        type="button"
        class="stagebar"
        aria-label={stageSentence(shares)}
        style={{ width: `${(100 * totalMs(shares)) / scaleMs}%` }}
        onPointerEnter={() => setOpen(true)}
        onPointerLeave={close}
        onFocus={() => setOpen(true)}
        onBlur={close}
        onKeyDown={event => {
          if (event.key !== 'Escape' || !open) return;
          event.stopPropagation();
          close();
        }}
      >
        <span class="stagebar-strip">
          {shares.map(({ part, ms }) => (
            <span
              key={part}
              class={`stage ${part}`}
              style={{ flexGrow: String(ms) }}
              onPointerEnter={() => setPointed(part)}
            />
          ))}
        </span>
      </button>
      {open && <StageDetails anchor={bar} shares={shares} result={result} pointed={pointed} />}
    </div>
  );
}

interface DetailsProps {
  anchor: { current: HTMLElement | null };
  shares: readonly Share[];
  result: PromptResult | undefined;
  pointed: Part | null;
}

function StageDetails({ anchor, shares, result, pointed }: DetailsProps) {
  const tip = useRef<HTMLDivElement | null>(null);
  useLayoutEffect(() => {
    if (!anchor.current || !tip.current) return;
    tip.current.showPopover();
    placeBeside(tip.current, anchor.current);
  }, [anchor]);
  const total = totalMs(shares);
  return (
    // The bar's label says the same in words, so the picture of it is not read again.
    <div ref={tip} class="stage-details" popover="manual" aria-hidden="true">
      <table>
        <tbody>
          {shares.map(({ part, ms }) => (
            <tr key={part} class={part === pointed ? 'pointed' : ''}>
              <th scope="row">
                <span class={`swatch ${part}`} />
                {partNames[part]}
              </th>
              <td>{formatMs(ms)}</td>
              <td class="share">{total > 0 ? `${Math.round((100 * ms) / total)} %` : ''}</td>
            </tr>
          ))}
        </tbody>
        {result && (
          <tbody class="more">
            {details(result).map(([label, value]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td colSpan={2}>{value}</td>
              </tr>
            ))}
          </tbody>
        )}
      </table>
    </div>
  );
}

/** Below the anchor, or above it where the window ends. */
function placeBeside(tip: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const below = at.bottom + 6;
  const fits = below + height <= window.innerHeight;
  tip.style.top = `${fits ? below : Math.max(4, at.top - 6 - height)}px`;
  tip.style.left = `${Math.max(4, Math.min(at.left, window.innerWidth - width - 4))}px`;
}

/** What the colours mean, once for the whole conversation. */
export function StageLegend() {
  return (
    <ul class="legend" aria-label="Stages">
      {parts.map(part => (
        <li key={part}>
          <span class={`swatch ${part}`} />
          {partNames[part]}
        </li>
      ))}
    </ul>
  );
}
