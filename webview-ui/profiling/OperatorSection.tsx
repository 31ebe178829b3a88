import { useMemo, useState } from 'preact/hooks';
import type { LayerErrors } from '../../src/protocol/profilingView';
import type { OperatorPass } from '../../src/protocol/runRecord';
import { Button } from '../shared/Button';
import { nameForPeople } from '../shared/text';
import {
  type OperatorRow,
  type OperatorTable,
  operatorTable,
  providerName,
  schemeWords,
} from './model/operators';

interface Props {
  pass: OperatorPass | null;
  /** Why there is none. */
  emptyReason: string;
  errors: LayerErrors | null;
  errorsReason: string;
  /** Null where the model is not here. */
  onMeasureErrors: (() => void) | null;
}

const rowsAtFirst = 12;

/** Where the time goes: operators by place, with what ran them and what quantization does to them. */
export function OperatorSection({ pass, emptyReason, errors, errorsReason, onMeasureErrors }: Props) {
  const table = useMemo(() => operatorTable(pass, errors), [pass, errors]);
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string) =>
    setOpen(before => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  const rows = all ? table.rows : table.rows.slice(0, rowsAtFirst);
  const prompts = pass?.prompts ?? null;
  return (
    <section class="operators" aria-labelledby="operators-title">
      <div class="chart-head">
        <h2 id="operators-title">Where the time goes</h2>
        {pass && <span class="hint">{passWords(pass)}</span>}
      </div>
      {table.rows.length === 0 ? (
        <p class="chart-empty">{emptyReason}</p>
      ) : (
        <>
          <table>
            <thead>
              <tr>
                <th scope="col">Layers</th>
                <th scope="col">Operators</th>
                <th scope="col">Ran on</th>
                <th scope="col" class="number">
                  {prompts === null ? 'ms' : 'ms a prompt'}
                </th>
                <th scope="col" class="number">
                  share
                </th>
                <th scope="col" class="number">
                  SQNR dB
                </th>
                <th scope="col">
                  <span class="visually-hidden">Remark</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.flatMap(row => {
                const expanded = row.members.length > 0 ? open.has(row.key) : null;
                const members = expanded ? row.members : [];
                return [
                  <Row
                    key={row.key}
                    {...{ row, table, prompts, expanded, level: 1 }}
                    onToggle={() => toggle(row.key)}
                  />,
                  ...members.map(member => (
                    <Row key={member.key} {...{ row: member, table, prompts, expanded: null, level: 2 }} />
                  )),
                ];
              })}
            </tbody>
          </table>
          <p class="hint operators-end">
            {table.rows.length > rowsAtFirst && (
              <Button kind="link" onClick={() => setAll(now => !now)}>
                {all ? `show the first ${rowsAtFirst}` : `show all ${table.rows.length} groups`}
              </Button>
            )}
            {errors === null ? (
              <span>
                {errorsReason}{' '}
                {onMeasureErrors && (
                  <Button kind="link" onClick={onMeasureErrors}>
                    Inspect Quantization
                  </Button>
                )}
              </span>
            ) : (
              <span>{`SQNR: the worst layer of the group at ${schemeWords(errors)}, simulated.`}</span>
            )}
          </p>
        </>
      )}
    </section>
  );
}

interface RowProps {
  row: OperatorRow;
  table: OperatorTable;
  prompts: number | null;
  /** Null of a row that has nothing below it. */
  expanded: boolean | null;
  level: 1 | 2;
  onToggle?: () => void;
}

function Row({ row, table, prompts, expanded, level, onToggle }: RowProps) {
  const { label, stage, ops, providers, timeUs, share, calls, estimated } = row;
  const away = providers.filter(provider => provider !== table.mainProvider);
  const ms = timeUs === null ? null : timeUs / 1000 / (prompts ?? 1);
  return (
    <tr class={level === 2 ? 'member' : ''}>
      <th scope="row">
        {expanded === null || !onToggle ? (
          <span class="operator-name">{label}</span>
        ) : (
          <button type="button" class="twisty operator-name" aria-expanded={expanded} onClick={onToggle}>
            {label}
          </button>
        )}
        {stage && level === 1 && <span class="hint"> {stage}</span>}
      </th>
      <td class="ops" title={ops.map(nameForPeople).join(', ')}>
        {ops.slice(0, 3).map(nameForPeople).join(', ')}
        {ops.length > 3 && ` +${ops.length - 3}`}
      </td>
      <td class={away.length > 0 ? 'away' : ''}>
        {providers.length === 0 ? 'not told' : providers.map(providerName).join(', ')}
      </td>
      <td class="number" title={calls === null ? '' : `${calls} calls in all`}>
        {ms === null ? '–' : `${estimated ? '≈ ' : ''}${ms.toFixed(ms < 10 ? 2 : 1)}`}
      </td>
      <td class="number">{share === null ? '–' : `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`}</td>
      <td class="number">{row.exact ? 'exact' : (row.sqnrDb?.toFixed(1) ?? '')}</td>
      <td class="hint">{remarkOf(row, away, table)}</td>
    </tr>
  );
}

function remarkOf({ sqnrDb, share }: OperatorRow, away: readonly string[], table: OperatorTable): string {
  if (away.length > 0 && table.mainProvider !== null)
    return `not on ${providerName(table.mainProvider)}, where most of the time is spent`;
  return sqnrDb !== null && sqnrDb < 30 && (share ?? 0) >= 0.05 ? 'costly and hurt by quantization' : '';
}

function passWords({ prompts, tokens, operators }: OperatorPass): string {
  const over = prompts === null ? 'sums' : `sums over ${prompts} ${prompts === 1 ? 'prompt' : 'prompts'}`;
  const written = tokens === null ? '' : ` and ${tokens} tokens`;
  return `${operators.length} operators, ${over}${written}, in a pass of their own`;
}
