import type { CalibrationInfo } from '../../src/protocol/quantization';
import { formatCount } from '../shared/format';
import { nameForPeople } from '../shared/text';
import type { GraphTable } from './model/table';

/** Shown at most; the rest is counted. */
const most = 200;

interface Props {
  tables: readonly GraphTable[];
  skipped: CalibrationInfo['skipped'];
}

/** What has no row, and samples that could not be used, with their reasons: closed until it is asked for. */
export function Unmeasured({ tables, skipped }: Props) {
  const unmeasured = tables.flatMap(table => table.unmeasured);
  return (
    <>
      <Reasons
        title={`${formatCount(unmeasured.length, 'node')} not measured`}
        items={unmeasured.map(({ layer, reason }) => ({ name: layer, reason }))}
      />
      <Reasons title={`${formatCount(skipped.length, 'sample')} skipped`} items={skipped} />
    </>
  );
}

function Reasons({ title, items }: { title: string; items: CalibrationInfo['skipped'] }) {
  if (items.length === 0) return null;
  return (
    <details class="unmeasured">
      <summary>{title}</summary>
      <ul>
        {items.slice(0, most).map(({ name, reason }, index) => (
          <li key={index}>
            <code>{nameForPeople(name)}</code> <span class="hint">{nameForPeople(reason)}</span>
          </li>
        ))}
        {items.length > most && <li class="hint">and {items.length - most} more</li>}
      </ul>
    </details>
  );
}
