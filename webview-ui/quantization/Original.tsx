import type { InspectionSide } from '../../src/protocol/quantizationView';
import { Button } from '../shared/Button';
import { nameForPeople } from '../shared/text';
import type { Measured } from './model/viewModel';
import type { Post } from './post';

interface Props {
  side: InspectionSide;
  measured: Measured;
  readOnlyReason: string | null;
  post: Post;
}

/** The line over the map of a model that is quantized already and was measured as if it were not. */
export function OriginalLine({ side, measured, readOnlyReason, post }: Props) {
  const name = nameForPeople(measured.name);
  if (measured.run.state === 'failed' && measured.run.failure.original !== undefined)
    return (
      <div class="run-line">
        <span class="run-words whole" dir="auto">
          {measured.original === null
            ? `${name} holds quantized graphs only, made from ${nameForPeople(measured.run.failure.original.name)}: they are measured against that.`
            : measured.run.failure.message}
        </span>
        <ChooseOriginal side={side} readOnlyReason={readOnlyReason} post={post} />
      </div>
    );
  if (measured.run.state === 'running' || measured.report?.quantizedAlready !== true) return null;
  return (
    <div class="run-line">
      <span class="run-words whole" dir="auto">
        {`${name} is quantized already: these figures say what quantizing it again would do, not what it has lost.`}
      </span>
      <ChooseOriginal side={side} readOnlyReason={readOnlyReason} post={post} />
    </div>
  );
}

/** In place of the map: quantized graphs cannot be measured alone. */
export function OriginalForm({ side, measured, readOnlyReason, post }: Props) {
  const { run, name } = measured;
  const failure = run.state === 'failed' ? run.failure : undefined;
  const origin = failure?.original ? `, ${nameForPeople(failure.original.name)}` : '';
  return (
    <div class="empty">
      <h2>Which model was it made from?</h2>
      <p dir="auto">
        {failure && measured.original !== null
          ? failure.message
          : `${nameForPeople(name)} holds quantized graphs only. What they have lost is measured against the float model that they were made from${origin}.`}
      </p>
      <ChooseOriginal side={side} readOnlyReason={readOnlyReason} post={post} primary />
    </div>
  );
}

interface ChooseProps extends Omit<Props, 'measured'> {
  primary?: boolean;
}

function ChooseOriginal({ side, readOnlyReason, post, primary = false }: ChooseProps) {
  return (
    <Button
      kind={primary ? 'primary' : 'secondary'}
      disabledReason={readOnlyReason}
      onClick={() => post({ type: 'chooseOriginal', side })}
    >
      Choose the Float Model…
    </Button>
  );
}
