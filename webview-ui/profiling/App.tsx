import { useEffect, useLayoutEffect, useMemo, useReducer } from 'preact/hooks';
import { maxRunsShown } from '../../src/protocol/profilingView';
import { LineChart } from '../shared/charts/LineChart';
import { StackedBars } from '../shared/charts/StackedBars';
import { useTheme } from '../shared/charts/theme';
import { Notice } from '../shared/Notice';
import { nameForPeople } from '../shared/text';
import { Emptiness } from './Emptiness';
import { type ExportKind, exportRuns } from './exportRuns';
import { Figures } from './Figures';
import { FileFigureTable } from './FileFigures';
import { Header } from './Header';
import { type ChartRun, contextChart, gapChart, memoryChart, rateChart } from './model/charts';
import { figuresOf } from './model/figures';
import { fileFiguresOf, hasContent } from './model/fileFigures';
import { firstTokenBars, firstTokenParts, firstTokenTitle } from './model/firstToken';
import { type LiveRun, liveRecord } from './model/live';
import { operatorTable } from './model/operators';
import { reasonOf } from './model/record';
import { distinctNames } from './model/runNames';
import { applyMessage, initialModel, type ViewModel } from './model/viewModel';
import { OperatorSection } from './OperatorSection';
import type { ProfilingHost } from './profilingHost';
import { RunLine } from './RunLine';
import { RunList } from './RunList';
import { useSettled } from './useSettled';

/** Points that a line has at most: a chart is hardly wider, at two pixels a point. */
const columns = 280;

/** The throughput panel: five figures, charts that draw while a run goes on, and where the time goes. */
export function App({ host }: { host: ProfilingHost }) {
  const [model, dispatch] = useReducer(applyMessage, initialModel);
  const theme = useTheme();
  useLayoutEffect(() => {
    const stop = host.listen(dispatch);
    host.post({ type: 'ready' });
    return stop;
  }, [host]);
  useEffect(() => {
    if (model.state) host.save({ sessionId: model.state.sessionId });
  }, [host, model.state]);

  // Tokens come faster than charts need to move.
  const live = useSettled(model.live, 150);
  const runs = useMemo(() => chartRuns(model, live), [model.state, live]);
  const charts = useMemo(
    () => [rateChart(runs, columns), contextChart(runs), gapChart(runs, columns), memoryChart(runs, columns)],
    [runs],
  );
  const bars = useMemo(() => firstTokenBars(runs), [runs]);
  const fileFigures = useMemo(() => fileFiguresOf(runs), [runs]);
  const { state } = model;
  if (!state) return null;
  const [first, second] = runs;
  const title = `Throughput of ${nameForPeople(state.subject?.name ?? first?.name ?? '')}`;
  const runReason = whyNot(model);
  const onExport = async (kind: ExportKind) => {
    const operators = operatorTable(first?.record.operatorPass ?? null, state.errors);
    const problem = await exportRuns(kind, { title, runs, charts, bars, theme, operators }, host.post);
    if (problem !== null) dispatch({ type: 'notice', message: problem });
  };
  return (
    <div class="app">
      <Header state={state} runReason={runReason} onExport={onExport} post={host.post} />
      <RunLine state={state} live={model.live} post={host.post} />
      {model.notice !== null && (
        <Notice text={model.notice} onDismiss={() => dispatch({ type: 'dismissNotice' })} />
      )}
      {first && hasContent(first.record) ? (
        <main class="page">
          <Figures
            figures={figuresOf(first.record)}
            others={second ? figuresOf(second.record) : []}
            running={live !== null}
          />
          <RunList runs={runs} shown={state.runs} running={live !== null} theme={theme} post={host.post} />
          <div class="charts">
            {charts.slice(0, 2).map(chart => (
              <LineChart key={chart.id} {...{ chart, theme }} running={live !== null} />
            ))}
            <StackedBars
              title={firstTokenTitle}
              parts={firstTokenParts.map(({ name }) => name)}
              bars={bars}
              theme={theme}
              empty={reasonOf(
                first.record,
                ['ttftMs'],
                'No measured prompt has come to its first token yet.',
              )}
            />
            {charts.slice(2).map(chart => (
              <LineChart key={chart.id} {...{ chart, theme }} running={live !== null} />
            ))}
          </div>
          {fileFigures.map(table => (
            <FileFigureTable key={table.id} table={table} several={runs.length > 1} />
          ))}
          <OperatorSection
            pass={first.record.operatorPass}
            emptyReason={reasonOf(
              first.record,
              ['operatorPass'],
              live
                ? 'Operators are timed at the end of the run.'
                : 'The operators of this run were not timed.',
            )}
            errors={state.errors}
            errorsReason={state.errorsReason}
            onMeasureErrors={state.subject && (() => host.post({ type: 'inspectQuantization' }))}
          />
        </main>
      ) : (
        <Emptiness
          subject={state.subject}
          running={state.run.state === 'running'}
          runReason={runReason}
          keeping={state.keeping}
          post={host.post}
        />
      )}
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </div>
  );
}

/** The run that goes on lies over what was there before; once it has ended, it is the first of the stored ones. */
function chartRuns({ state }: ViewModel, live: LiveRun | null): ChartRun[] {
  const records = (state?.runs ?? []).map(({ record }) => record);
  const names = distinctNames(records);
  const stored = records.map((record, index) => ({ name: names[index] ?? record.name, record }));
  if (!live) return stored;
  return [{ name: 'this run', record: liveRecord(live) }, ...stored.slice(0, maxRunsShown - 1)];
}

function whyNot({ state }: ViewModel): string | null {
  if (state?.run.state === 'running') return 'A profile is running';
  return state?.trusted === false
    ? 'Nothing is profiled in Restricted Mode: trust this workspace first.'
    : null;
}
