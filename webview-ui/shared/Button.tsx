import type { ComponentChildren, Ref } from 'preact';

interface Props {
  children: ComponentChildren;
  /** `link` is a quiet word among text, for actions that repeat. */
  kind?: 'primary' | 'secondary' | 'link';
  onClick: () => void;
  /** Why the button does nothing now. It stays focusable, so that the reason can be found. */
  disabledReason?: string | null;
  /** Where the words on the button alone do not say enough. */
  label?: string;
  title?: string;
  /** Of a button that opens something: whether it is open. */
  expanded?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
}

export function Button({
  children,
  kind = 'secondary',
  onClick,
  disabledReason = null,
  label,
  title,
  expanded,
  buttonRef,
}: Props) {
  const disabled = disabledReason !== null;
  return (
    <button
      ref={buttonRef ?? null}
      type="button"
      class={`button ${kind}`}
      aria-disabled={disabled}
      aria-label={label}
      aria-expanded={expanded}
      title={disabledReason ?? title}
      onClick={() => {
        if (!disabled) onClick();
      }}
    >
      {children}
    </button>
  );
}
