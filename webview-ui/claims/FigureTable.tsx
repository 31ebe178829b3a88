import type { ClaimsReport } from '../../src/protocol/claims';
import { nameForPeople } from '../shared/text';
import { figureGroups } from './model/figures';
import { namesOf } from './model/words';

/** Every figure side by side, with what the paper has for it. */
export function FigureTable({ report }: { report: ClaimsReport }) {
  return (
    <section class="figures-table" aria-labelledby="figures-title">
      <h2 id="figures-title">Figures</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">Quantity</span>
            </th>
            {namesOf(report).map(name => (
              <th key={name} scope="col" class="number">
                {nameForPeople(name)}
              </th>
            ))}
            <th scope="col" class="number">
              <span class="visually-hidden">Times as good</span>
            </th>
            <th scope="col">Paper, on SA8295P</th>
          </tr>
        </thead>
        {figureGroups(report).map(({ title, rows }) => (
          <tbody key={title}>
            <tr class="group">
              <th scope="rowgroup" colSpan={5}>
                {title}
              </th>
            </tr>
            {rows.map(({ label, models: [ours, baseline], ratio, paper }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="number">{ours}</td>
                <td class="number">{baseline}</td>
                <td class="number">{ratio}</td>
                <td class="hint">{paper}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}
