import { useId, useState } from 'preact/hooks';
import { Button } from '../shared/Button';
import { nameForPeople } from '../shared/text';
import type { FileFigures } from './model/fileFigures';

const rowsAtFirst = 12;

/** What an imported file gives in its own words: figures that the definitions of this program do not cover. */
export function FileFigureTable({ table, several }: { table: FileFigures; several: boolean }) {
  const [all, setAll] = useState(false);
  const id = useId();
  const { name, heads, rows } = table;
  return (
    <section class="operators" aria-labelledby={id}>
      <div class="chart-head">
        <h2 id={id}>Figures of the file</h2>
        <span class="hint">
          {several ? `${nameForPeople(name)}: ` : ''}names, units and definitions are those of its program
        </span>
      </div>
      <table>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={head} scope="col" class={index > 1 ? 'number' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(all ? rows : rows.slice(0, rowsAtFirst)).map(([figure = '', unit = '', ...cells], row) => (
            <tr key={row}>
              <th scope="row">{figure}</th>
              <td class="ops">{unit}</td>
              {cells.map((cell, index) => (
                <td key={heads[index + 2]} class="number">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > rowsAtFirst && (
        <p class="hint operators-end">
          <Button kind="link" onClick={() => setAll(now => !now)}>
            {all ? `show the first ${rowsAtFirst}` : `show all ${rows.length} figures`}
          </Button>
        </p>
      )}
    </section>
  );
}
