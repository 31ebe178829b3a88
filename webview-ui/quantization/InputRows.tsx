import { useId } from 'preact/hooks';
import type { OpenInput, ValueInput } from '../../src/protocol/failure';
import { nameForPeople, shorten, visibleText } from '../shared/text';
import { fieldKey, isGiven, isOpen, type SizeDraft } from './model/sizes';
import { problemOf, type ValueDraft } from './model/values';

interface SizeRowProps {
  input: OpenInput;
  draft: SizeDraft;
  hintId: string;
  onChange: (draft: SizeDraft) => void;
}

/** The sizes of one input, with a field for each that is open. */
export function SizeRow({ input, draft, hintId, onChange }: SizeRowProps) {
  const name = nameForPeople(input.name);
  return (
    <div class="size-row">
      <code dir="ltr">{name}</code>
      {input.dims.map((size, axis) => {
        const separator = axis > 0 && <span class="hint">×</span>;
        if (!isOpen(size))
          return (
            <span key={axis} class="size">
              {separator}
              {size}
            </span>
          );
        const key = fieldKey(input, axis);
        const symbol = typeof size === 'string' ? visibleText(size) : '';
        const label = `Size ${axis + 1} of ${name}${symbol === '' ? '' : `, ${shorten(symbol, 80)}`}`;
        const text = draft[key] ?? '';
        return (
          <span key={axis} class="size">
            {separator}
            <input
              type="text"
              inputMode="numeric"
              aria-label={label}
              aria-invalid={!isGiven(text)}
              aria-describedby={hintId}
              title={label}
              placeholder={/^[A-Za-z_]\w{0,7}$/.test(symbol) ? symbol : '?'}
              value={text}
              onInput={event => onChange({ ...draft, [key]: event.currentTarget.value.trim() })}
            />
          </span>
        );
      })}
    </div>
  );
}

interface ValueRowProps {
  input: ValueInput;
  draft: ValueDraft;
  hintId: string;
  onChange: (draft: ValueDraft) => void;
}

/** One number for all of an input. */
export function ValueRow({ input, draft, hintId, onChange }: ValueRowProps) {
  const problemId = useId();
  const name = nameForPeople(input.name);
  const text = draft[input.name] ?? '';
  const problem = text === '' ? null : problemOf(text, input);
  return (
    <div class="size-row">
      <code dir="ltr">{name}</code>
      <span class="size">
        <span class="hint">=</span>
        <input
          type="text"
          inputMode="decimal"
          aria-label={`Number for ${name}`}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? hintId : problemId}
          placeholder={shorten(visibleText(input.type), 12)}
          value={text}
          onInput={event => onChange({ ...draft, [input.name]: event.currentTarget.value.trim() })}
        />
      </span>
      {problem !== null && (
        <span class="field-problem" id={problemId}>
          {problem}
        </span>
      )}
    </div>
  );
}
