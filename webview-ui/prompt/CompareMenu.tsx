import { useEffect, useRef, useState } from 'preact/hooks';
import type { ModelChoice } from '../../src/protocol/prompt';
import { Button } from '../shared/Button';
import type { CompareOption } from './compareOptions';

interface Props {
  options: readonly CompareOption[];
  kind: 'secondary' | 'link';
  /** Names the button where its word alone does not say enough. */
  label?: string;
  disabledReason: string | null;
  onCompare: (other: ModelChoice) => void;
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** A button that opens the list of builds to compare with; arrow keys move, Enter chooses, Escape closes. */
export function CompareMenu({ options, kind, label, disabledReason, onCompare }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement | null>(null);
  const list = useRef<HTMLDivElement | null>(null);
  useEffect(() => {
    if (!open || !list.current || !button.current) return;
    list.current.showPopover();
    placeAt(list.current, button.current);
    items(list.current)[0]?.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const all = items(event.currentTarget);
    const at = all.findIndex(item => item.matches(':focus'));
    const step = steps[event.key];
    if (step !== undefined) all[(at + step + all.length) % all.length]?.focus();
    else if (event.key === 'Home') all[0]?.focus();
    else if (event.key === 'End') all.at(-1)?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <Button
        kind={kind}
        buttonRef={button}
        {...(label !== undefined && { label })}
        title="Ask the same of another precision or model, and compare"
        expanded={open}
        disabledReason={disabledReason ?? (options.length === 0 ? nothingElse : null)}
        onClick={() => setOpen(now => !now)}
      >
        {kind === 'link' ? 'compare…' : 'Compare…'}
      </Button>
      {open && (
        <div
          ref={list}
          class="compare-menu"
          role="menu"
          tabIndex={-1}
          aria-label="Compare with"
          popover="auto"
          onKeyDown={onKeyDown}
          onToggle={event => {
            if (event.newState === 'closed') setOpen(false);
          }}
        >
          <p aria-hidden="true">Compare with</p>
          {options.map(({ choice, label: name, place }) => (
            <button
              key={`${choice.bundleDir} ${choice.precision}`}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close();
                onCompare(choice);
              }}
            >
              {name}
              {place !== null && <small dir="auto">{place}</small>}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

const nothingElse = 'There is no other precision or model: add a model folder first';

function items(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role="menuitem"]')];
}

/** Below the anchor, or above it where the window ends; never outside of the window. */
function placeAt(list: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const below = at.bottom + 4;
  const fits = below + height <= window.innerHeight - 4;
  list.style.top = `${fits ? below : Math.max(4, at.top - 4 - height)}px`;
  list.style.left = `${Math.max(4, Math.min(at.right - width, window.innerWidth - width - 4))}px`;
}
