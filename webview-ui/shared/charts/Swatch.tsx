import type { Theme } from './theme';

/** How the lines of a run are drawn. */
export function Swatch({ theme, index }: { theme: Theme; index: number }) {
  const stroke = theme.palette.runs[index];
  return (
    <svg class="run-swatch" width="22" height="10" aria-hidden="true">
      <line
        x1="0"
        x2="22"
        y1="5"
        y2="5"
        stroke={stroke?.colour ?? 'currentColor'}
        stroke-width="2"
        stroke-dasharray={stroke?.dash.join(' ') ?? ''}
      />
    </svg>
  );
}
