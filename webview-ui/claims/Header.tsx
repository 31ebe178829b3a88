import type { ClaimsViewState } from '../../src/protocol/claimsView';
import { Button } from '../shared/Button';
import { Menu } from '../shared/Menu';
import { nameForPeople, shorten } from '../shared/text';
import type { Post } from './claimsHost';
import type { ExportKind } from './exportClaims';
import { Form } from './Form';
import { machineWords, namesOf, runWords } from './model/words';

interface Props {
  state: ClaimsViewState;
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

/** What is compared, how it ran, and the buttons. */
export function Header({ state, runReason, onExport, post }: Props) {
  const { report, place, run } = state;
  const words = report && runWords(run.state === 'running' ? { ...report, status: 'complete' } : report);
  const names = report && namesOf(report).map(name => shorten(nameForPeople(name), 36));
  return (
    <header class="top">
      <h1 class="chip plain">{names ? `${names[0]} against ${names[1]}` : 'Compare with the paper'}</h1>
      <span class="top-end">
        {report && (
          <span class="hint run-words" title={`${words}\n${machineWords(report)}`}>
            {words}
          </span>
        )}
        {report && place !== null && (
          <Button kind="link" title={nameForPeople(place)} onClick={() => post({ type: 'openFile' })}>
            file
          </Button>
        )}
        {report && (
          <Menu label="Export">
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
              </div>
            )}
          </Menu>
        )}
        {report && (
          <Menu
            label="Compare Again"
            kind="primary"
            disabledReason={run.state === 'running' ? runReason : null}
          >
            {close => <Form state={state} runReason={runReason} onRun={close} post={post} />}
          </Menu>
        )}
      </span>
    </header>
  );
}
