import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { InspectionSide } from '../../src/protocol/quantizationView';
import { Button } from '../shared/Button';
import { nameForPeople } from '../shared/text';
import { SizeRow, ValueRow } from './InputRows';
import { draftOf, shapesOf } from './model/sizes';
import { numbersOf, valueDraftOf } from './model/values';
import type { Measured } from './model/viewModel';
import type { Post } from './post';

interface Props {
  side: InspectionSide;
  measured: Measured;
  readOnlyReason: string | null;
  post: Post;
  /** Leaves the inputs as they are; null where there is nothing to leave. */
  onClose: (() => void) | null;
}

const remembered = 'They are remembered for this model.';
const sizesMissing = 'Give every size a whole number from 1 to 268 million.';

/**
 * Asks for the sizes and numbers that a model leaves open, in the place where they are missing:
 * `x [1] × 3 × [  ] × [  ]`, `sr = [  ]`.
 */
export function InputsForm({ side, measured, readOnlyReason, post, onClose }: Props) {
  const { openInputs, shapes, valueInputs, values, run } = measured;
  const [sizes, setSizes] = useState(() => draftOf(openInputs, shapes));
  const [numbers, setNumbers] = useState(() => valueDraftOf(valueInputs, values));
  const form = useRef<HTMLFormElement>(null);
  const hintId = useId();
  useEffect(() => {
    const inputs = [...(form.current?.querySelectorAll('input') ?? [])];
    (inputs.find(({ value }) => value === '') ?? inputs[0])?.focus();
  }, []);
  const needed = run.state === 'failed' ? (run.failure.valueInputs ?? []).map(({ name }) => name) : [];
  const givenShapes = shapesOf(openInputs, sizes);
  const given = numbersOf(valueInputs, numbers, needed);
  const reason = readOnlyReason ?? (givenShapes ? given.problem : sizesMissing);
  const submit = () => {
    if (reason !== null || !givenShapes || given.problem !== null) return;
    onClose?.();
    post({ type: 'inputs', side, shapes: givenShapes, values: given.values });
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
      <h2>{openInputs.length > 0 ? 'How large are the inputs?' : 'Which numbers is it fed with?'}</h2>
      <p dir="auto">{explanationOf(measured)}</p>
      {openInputs.map(input => (
        <SizeRow key={input.name} input={input} draft={sizes} hintId={hintId} onChange={setSizes} />
      ))}
      {valueInputs.map(input => (
        <ValueRow key={input.name} input={input} draft={numbers} hintId={hintId} onChange={setNumbers} />
      ))}
      <div class="buttons">
        <Button kind="primary" disabledReason={reason} onClick={submit}>
          Measure
        </Button>
        {onClose && <Button onClick={onClose}>Cancel</Button>}
      </div>
      <p class="hint" id={hintId}>
        {given.shown && givenShapes ? 'Correct the number that is marked.' : (reason ?? remembered)}
      </p>
    </form>
  );
}

function explanationOf({ name, openInputs, valueInputs }: Measured): string {
  const model = nameForPeople(name);
  const sizes = `${model} leaves these sizes open, and the figures hold for those given here.`;
  const settings =
    'Some inputs take one number that no sample gives, such as a sampling rate: give those it has in use.';
  if (openInputs.length === 0) return `${model} has inputs that no sample gives. ${settings}`;
  return valueInputs.length === 0 ? sizes : `${sizes} ${settings}`;
}
