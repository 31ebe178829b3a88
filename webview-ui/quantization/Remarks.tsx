import { formatCount } from '../shared/format';
import { nameForPeople, shorten, visibleText } from '../shared/text';
import { notesOf } from './model/notes';
import type { Measured } from './model/viewModel';

/** Shown at most; the rest is counted. */
const most = 200;

/** What the figures do not say of themselves: closed until it is asked for. @param sides the model, and the other one */
export function Remarks({
  sides: [model, compared],
}: {
  sides: readonly [Measured | null, Measured | null];
}) {
  const unmeasured = model?.tables.flatMap(table => table.unmeasured) ?? [];
  const skipped = model?.report?.calibration.skipped ?? [];
  return (
    <>
      <Remark
        title={formatCount(notesOf(model, compared).length, 'note')}
        items={notesOf(model, compared).map(text => ({ text }))}
      />
      <Remark
        title={`${formatCount(unmeasured.length, 'node')} not measured`}
        items={unmeasured.map(({ layer, reason }) => ({ name: layer, text: reason }))}
      />
      <Remark
        title={`${formatCount(skipped.length, 'sample')} skipped`}
        items={skipped.map(({ name, reason }) => ({ name, text: reason }))}
      />
    </>
  );
}

function Remark({ title, items }: { title: string; items: readonly { name?: string; text: string }[] }) {
  if (items.length === 0) return null;
  return (
    <details class="unmeasured">
      <summary>{title}</summary>
      <ul>
        {items.slice(0, most).map(({ name, text }, index) => (
          <li key={index}>
            {name !== undefined && <code>{nameForPeople(name)}</code>}{' '}
            <span class="hint">{shorten(visibleText(text), 400)}</span>
          </li>
        ))}
        {items.length > most && <li class="hint">and {items.length - most} more</li>}
      </ul>
    </details>
  );
}
