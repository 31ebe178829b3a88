import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Button } from '../Button';

interface Props {
  title: string;
  /** What stands under the point that is read now; '' while none is. */
  reading: string;
  /** Why nothing is drawn; null where something is. */
  empty: string | null;
  remarks: readonly string[];
  chart: ComponentChildren;
  /** The same as a table. */
  table: () => ComponentChildren;
}

/** A chart with its title, what is read from it, and the table that says the same. */
export function ChartFrame({ title, reading, empty, remarks, chart, table }: Props) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  return (
    <section class="chart" aria-labelledby={id}>
      <div class="chart-head">
        <h2 id={id}>{title}</h2>
        <span class="reading" title={reading}>
          {reading}
        </span>
        {empty === null && (
          <Button
            kind="link"
            label={asTable ? `${title}: show the chart` : `${title}: show the table`}
            onClick={() => setAsTable(now => !now)}
          >
            {asTable ? 'chart' : 'table'}
          </Button>
        )}
      </div>
      {empty !== null && <p class="chart-empty">{empty}</p>}
      {empty === null && (asTable ? <div class="chart-table">{table()}</div> : chart)}
      {empty === null && remarks.length > 0 && <p class="hint chart-remarks">{remarks.join(' · ')}</p>}
    </section>
  );
}
