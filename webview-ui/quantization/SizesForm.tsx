import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { OpenInput } from '../../src/protocol/failure';
import type { InspectionSide } from '../../src/protocol/quantizationView';
import { Button } from '../shared/Button';
import { nameForPeople, shorten, visibleText } from '../shared/text';
import { draftOf, fieldKey, isGiven, isOpen, type SizeDraft, shapesOf } from './model/sizes';
import type { Measured } from './model/viewModel';
import type { Post } from './post';

interface Props {
  side: InspectionSide;
  measured: Measured;
  readOnlyReason: string | null;
  post: Post;
  /** Leaves the sizes as they are; null where there are none to leave. */
  onClose: (() => void) | null;
}

/** Asks for the sizes that a model leaves open, in the place where they are missing: `x [1] × 3 × [  ] × [  ]`. */
export function SizesForm({ side, measured, readOnlyReason, post, onClose }: Props) {
  const { openInputs, shapes } = measured;
  const [draft, setDraft] = useState(() => draftOf(openInputs, shapes));
  const form = useRef<HTMLFormElement>(null);
  const hintId = useId();
  useEffect(() => {
    const inputs = [...(form.current?.querySelectorAll('input') ?? [])];
    (inputs.find(({ value }) => value === '') ?? inputs[0])?.focus();
  }, []);
  const given = shapesOf(openInputs, draft);
  const reason = readOnlyReason ?? (given ? null : 'Give every size a whole number from 1 to 268 million.');
  const submit = () => {
    if (reason !== null || !given) return;
    onClose?.();
    post({ type: 'shapes', side, shapes: given });
  };
  return (
    <form
      class="sizes"
      ref={form}
      onSubmit={event => event.preventDefault()}
      onKeyDown={event => {
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement) submit();
        else if (event.key === 'Escape' && onClose) onClose();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <h2>How large are the inputs?</h2>
      <p dir="auto">
        {`${nameForPeople(measured.name)} leaves these sizes open, and the figures hold for those given here.`}
      </p>
      {openInputs.map(input => (
        <SizeRow key={input.name} input={input} draft={draft} hintId={hintId} onChange={setDraft} />
      ))}
      <div class="buttons">
        <Button kind="primary" disabledReason={reason} onClick={submit}>
          Measure
        </Button>
        {onClose && <Button onClick={onClose}>Cancel</Button>}
      </div>
      <p class="hint" id={hintId}>
        {reason ?? 'They are remembered for this model.'}
      </p>
    </form>
  );
}

interface RowProps {
  input: OpenInput;
  draft: SizeDraft;
  hintId: string;
  onChange: (draft: SizeDraft) => void;
}

function SizeRow({ input, draft, hintId, onChange }: RowProps) {
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
