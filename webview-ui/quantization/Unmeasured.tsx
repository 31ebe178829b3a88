import { formatCount } from '../shared/format';
import { nameForPeople } from '../shared/text';
import type { GraphTable } from './model/table';

/** Shown at most; the rest is counted. */
const most = 200;

/** What has no row, with its reason: closed until it is asked for. */
export function Unmeasured({ tables }: { tables: readonly GraphTable[] }) {
  const all = tables.flatMap(table => table.unmeasured);
  if (all.length === 0) return null;
  return (
    <details class="unmeasured">
      <summary>{formatCount(all.length, 'node')} not measured</summary>
      <ul>
        {all.slice(0, most).map(({ layer, reason }, index) => (
          <li key={index}>
            <code>{nameForPeople(layer)}</code> <span class="hint">{nameForPeople(reason)}</span>
          </li>
        ))}
        {all.length > most && <li class="hint">and {all.length - most} more</li>}
      </ul>
    </details>
  );
}
