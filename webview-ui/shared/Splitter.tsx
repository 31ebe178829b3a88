import { useRef } from 'preact/hooks';

interface Props {
  label: string;
  /** Share of the first pane in percent of the parent's width. */
  share: number;
  range: { smallest: number; usual: number; largest: number };
  onChange: (share: number) => void;
}

const keySteps: Readonly<Record<string, number>> = { ArrowLeft: -2, ArrowRight: 2 };

/** The line between two panes: dragged, moved with the arrow keys, put back with a double click or Enter. */
export function Splitter({ label, share, range, onChange }: Props) {
  const dragging = useRef(false);
  const change = (to: number) => onChange(Math.min(Math.max(to, range.smallest), range.largest));

  const onPointerMove = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (dragging.current && box) change(((event.clientX - box.left) / box.width) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = keySteps[event.key];
    if (step !== undefined) change(share + step);
    else if (event.key === 'Home') change(range.smallest);
    else if (event.key === 'End') change(range.largest);
    else if (event.key === 'Enter') change(range.usual);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: hr cannot take focus; this is the window splitter of WAI-ARIA
    <div
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(share)}
      aria-valuemin={range.smallest}
      aria-valuemax={range.largest}
      tabIndex={0}
      onPointerDown={event => {
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onLostPointerCapture={() => {
        dragging.current = false;
      }}
      onDblClick={() => change(range.usual)}
      onKeyDown={onKeyDown}
    />
  );
}
