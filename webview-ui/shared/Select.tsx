import { ChevronDown } from './icons';

export interface Option {
  value: string;
  label: string;
  /** Why it cannot be chosen; shown beside its name. */
  unavailable?: string | undefined;
}

interface Props {
  label: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
  title?: string | undefined;
  emphasis?: boolean;
}

/** A native select in VS Code's clothes: its list, its keys and its screen reader support come with it. */
export function Select({ label, value, options, onChange, title, emphasis = false }: Props) {
  return (
    <span class={emphasis ? 'select emphasis' : 'select'}>
      <select
        aria-label={label}
        title={title ?? label}
        value={value}
        onChange={event => {
          const select = event.currentTarget;
          const chosen = select.value;
          // The extension decides; until its answer the control shows what still holds.
          select.value = value;
          onChange(chosen);
        }}
      >
        {options.map(option => (
          <option key={option.value} value={option.value} disabled={option.unavailable !== undefined}>
            {option.unavailable === undefined ? option.label : `${option.label} (${option.unavailable})`}
          </option>
        ))}
      </select>
      <ChevronDown />
    </span>
  );
}
