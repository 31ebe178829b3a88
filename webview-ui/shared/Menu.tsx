import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from './Button';
import { ChevronDown } from './icons';

interface Props {
  label: string;
  /** Why nothing can be opened now; null when it can. */
  disabledReason?: string | null;
  kind?: 'primary' | 'secondary';
  /** Draws the contents; `close` puts the focus back on the button. */
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a small window under itself, closed by Escape, a click elsewhere, or leaving it with Tab. */
export function Menu({ label, disabledReason = null, kind = 'secondary', children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    box.current
      ?.querySelector<HTMLElement>('.menu-body input, .menu-body button, .menu-body select')
      ?.focus();
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only hears the Escape of what is inside
    <div
      class="menu"
      ref={box}
      onKeyDown={event => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
    >
      <Button
        kind={kind}
        buttonRef={button}
        disabledReason={disabledReason}
        expanded={open}
        onClick={() => setOpen(now => !now)}
      >
        {label} <ChevronDown />
      </Button>
      {open && <div class="menu-body">{children(close)}</div>}
    </div>
  );
}
