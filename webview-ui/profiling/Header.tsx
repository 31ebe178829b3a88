import type { ProfilingViewState } from '../../src/protocol/profilingView';
import { Button } from '../shared/Button';
import { Menu } from '../shared/Menu';
import { Select } from '../shared/Select';
import { nameForPeople, shorten } from '../shared/text';
import type { ExportKind } from './exportRuns';
import { runWords, runWordsAtLength } from './model/runWords';
import type { Post } from './post';
import { SettingsForm } from './SettingsForm';

interface Props {
  state: Omit<ProfilingViewState, 'events'>;
  /** Why nothing can be measured now; null when it can. */
  runReason: string | null;
  onExport: (kind: ExportKind) => void;
  post: Post;
}

const exports = [
  ['png', 'Picture (PNG)'],
  ['csv', 'Every value (CSV)'],
  ['html', 'Page (HTML)'],
] as const;

/** What is profiled where, against what, and the buttons. */
export function Header({ state, runReason, onExport, post }: Props) {
  const { subject, runs } = state;
  const [first] = runs;
  const nothing = first ? null : 'Nothing is measured yet';
  const name = subject?.name ?? first?.record.provenance.model.name ?? first?.record.name ?? '';
  return (
    <header class="top">
      <h1 class="chip plain subject" title={subject?.place ?? ''}>
        {shorten(nameForPeople(name), 40)}
      </h1>
      {subject ? (
        <Choices state={state} post={post} />
      ) : (
        <span class="chip plain">{nameForPeople(first?.record.provenance.target.label ?? 'stored run')}</span>
      )}
      <Against state={state} disabledReason={nothing} post={post} />
      <span class="top-end">
        {first && state.run.state !== 'running' && (
          <span class="hint run-words" title={runWordsAtLength(first.record)}>
            {runWords(first.record)}
          </span>
        )}
        <Menu label="Export" disabledReason={nothing}>
          {close => (
            <div class="choices">
              {exports.map(([kind, label]) => (
                <Button
                  key={kind}
                  kind="link"
                  onClick={() => {
                    close();
                    onExport(kind);
                  }}
                >
                  {label}
                </Button>
              ))}
              <Button
                kind="link"
                onClick={() => {
                  close();
                  post({ type: 'exportTrace' });
                }}
              >
                Trace events (JSON)
              </Button>
            </div>
          )}
        </Menu>
        {subject && (
          <Menu label={first ? 'Run Again' : 'Run'} kind="primary" disabledReason={runReason}>
            {close => <SettingsForm subject={subject} disabledReason={runReason} onRun={close} post={post} />}
          </Menu>
        )}
      </span>
    </header>
  );
}

function Choices({ state, post }: Pick<Props, 'state' | 'post'>) {
  const { subject, precisions, targets } = state;
  if (!subject) return null;
  const { choice } = subject;
  return (
    <>
      <Select
        label="Precision of the build"
        value={choice.precision}
        options={precisions.map(({ id, label }) => ({ value: id, label }))}
        onChange={value => {
          const precision = precisions.find(({ id }) => id === value)?.id;
          if (precision !== undefined) post({ type: 'choose', precision });
        }}
      />
      <Select
        label="Target"
        value={choice.target}
        options={
          targets.length > 0
            ? targets.map(({ id, label, available, reason }) => ({
                value: id,
                label,
                unavailable: available ? undefined : (reason ?? 'not available'),
              }))
            : [{ value: choice.target, label: choice.target }]
        }
        onChange={target => post({ type: 'choose', target })}
      />
    </>
  );
}

function Against({
  state,
  disabledReason,
  post,
}: Pick<Props, 'state' | 'post'> & { disabledReason: string | null }) {
  const shown = new Set(state.runs.map(({ record }) => record.id));
  const others = state.stored.filter(({ id }) => !shown.has(id)).slice(0, 12);
  return (
    <Menu label="Against" disabledReason={disabledReason}>
      {close => (
        <div class="choices">
          {others.map(({ id, name, description }) => (
            <Button
              key={id}
              kind="link"
              title={nameForPeople(description)}
              onClick={() => {
                close();
                post({ type: 'overlay', id });
              }}
            >
              {shorten(nameForPeople(name), 48)}{' '}
              <span class="hint">{shorten(nameForPeople(description), 60)}</span>
            </Button>
          ))}
          {others.length === 0 && <p class="hint choices-empty">No other run is kept yet.</p>}
          <Button
            kind="link"
            onClick={() => {
              close();
              post({ type: 'importRun' });
            }}
          >
            Import a file of another program…
          </Button>
        </div>
      )}
    </Menu>
  );
}
