import { useEffect, useLayoutEffect, useMemo, useReducer } from 'preact/hooks';
import type { ClaimsReport } from '../../src/protocol/claims';
import { LineChart } from '../shared/charts/LineChart';
import { StackedBars } from '../shared/charts/StackedBars';
import { Swatch } from '../shared/charts/Swatch';
import { type Theme, useTheme } from '../shared/charts/theme';
import { Notice } from '../shared/Notice';
import { nameForPeople } from '../shared/text';
import { ClaimList } from './ClaimList';
import type { ClaimsHost } from './claimsHost';
import { Emptiness } from './Emptiness';
import { type ExportKind, exportClaims } from './exportClaims';
import { FigureTable } from './FigureTable';
import { Header } from './Header';
import { decodeChart, encoderChart, firstTokenBars, firstTokenParts, memoryChart } from './model/charts';
import { applyMessage, initialModel, type ViewModel } from './model/viewModel';
import { namesOf } from './model/words';
import { RunLine } from './RunLine';

/** The paper's claims about speed and room beside what this machine says of them. */
export function App({ host }: { host: ClaimsHost }) {
  const [model, dispatch] = useReducer(applyMessage, initialModel);
  const theme = useTheme();
  useLayoutEffect(() => {
    const stop = host.listen(dispatch);
    host.post({ type: 'ready' });
    return stop;
  }, [host]);
  const sessionId = model.state?.sessionId;
  useEffect(() => {
    if (sessionId !== undefined) host.save({ sessionId });
  }, [host, sessionId]);
  const { state } = model;
  if (!state) return null;
  const { report } = state;
  const running = state.run.state === 'running';
  const runReason = whyNot(model);
  const onExport = async (kind: ExportKind) => {
    const problem = report && (await exportClaims(kind, report, theme, host.post));
    if (problem !== null) dispatch({ type: 'notice', message: problem });
  };
  return (
    <div class="app">
      <Header state={state} runReason={runReason} onExport={onExport} post={host.post} />
      <RunLine state={state} post={host.post} />
      {model.notice !== null && (
        <Notice text={model.notice} onDismiss={() => dispatch({ type: 'dismissNotice' })} />
      )}
      {report ? (
        <Result report={report} running={running} theme={theme} />
      ) : (
        <Emptiness state={state} runReason={runReason} post={host.post} />
      )}
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </div>
  );
}

function Result({ report, running, theme }: { report: ClaimsReport; running: boolean; theme: Theme }) {
  const charts = useMemo(
    () => [encoderChart(report, running), decodeChart(report, running), memoryChart(report)] as const,
    [report, running],
  );
  const [encoder, decode, memory] = charts;
  return (
    <main class="page">
      <ul class="legend" aria-label="Models in the charts">
        {namesOf(report).map((name, index) => (
          <li key={name}>
            <Swatch theme={theme} index={index} /> {nameForPeople(name)}
            {index === 1 && <span class="hint"> baseline</span>}
          </li>
        ))}
      </ul>
      <ClaimList claims={report.claims} running={running} />
      <div class="charts">
        <LineChart chart={encoder} theme={theme} running={false} />
        <LineChart chart={decode} theme={theme} running={false} />
        <StackedBars
          title="First token, ms in parts"
          parts={firstTokenParts}
          bars={firstTokenBars(report)}
          theme={theme}
          empty={running ? 'Draws with the first repetition.' : 'No picture size was measured.'}
        />
        <LineChart chart={memory} theme={theme} running={false} />
      </div>
      <FigureTable report={report} />
    </main>
  );
}

function whyNot({ state }: ViewModel): string | null {
  if (state?.run.state === 'running') return 'A comparison is running';
  return state?.trusted === false
    ? 'Nothing is measured in Restricted Mode: trust this workspace first.'
    : null;
}
