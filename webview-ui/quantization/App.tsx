import { Fragment } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { type CellAddress, type InspectionSide, inspectionSides } from '../../src/protocol/quantizationView';
import { Button } from '../shared/Button';
import { Notice } from '../shared/Notice';
import { Splitter } from '../shared/Splitter';
import { nameForPeople } from '../shared/text';
import { DetailPane } from './DetailPane';
import { Emptiness } from './Emptiness';
import { type ExportKind, exportMap } from './exportMap';
import { Header } from './Header';
import { Heatmap } from './Heatmap';
import { InputsForm } from './InputsForm';
import { headingOf } from './model/heading';
import { applyMessage, asksForInputs, hasFigures, initialModel } from './model/viewModel';
import { OriginalLine } from './Original';
import type { QuantizationHost } from './quantizationHost';
import { Remarks } from './Remarks';
import { RunLine } from './RunLine';
import { mapShares, type Saved } from './saved';
import { useTheme } from './theme';
import { useMap } from './useMap';

/** An export that takes longer says how far it is. */
const longExportMs = 200;

/** The quantization panel: a sentence, the heatmap, and what to do about the cell that is chosen. */
export function App({ host }: { host: QuantizationHost }) {
  const [model, dispatch] = useReducer(applyMessage, initialModel);
  const [settings, setSettings] = useState(host.saved);
  const theme = useTheme();
  const [changing, setChanging] = useState(false);
  /** Share of an exported picture that is drawn, where that takes long. */
  const [drawn, setDrawn] = useState<number | null>(null);
  const drawing = useRef<AbortController>(undefined);
  const filterBox = useRef<HTMLInputElement>(null);
  const post = host.post;
  const save = (change: Partial<Saved>) => {
    host.save(change);
    setSettings(host.saved);
  };
  const askDetail = useCallback(
    (cell: CellAddress) => {
      dispatch({ type: 'detailAsked', cell });
      host.post({ type: 'detail', cell });
    },
    [host],
  );
  const focusMap = () =>
    document.querySelector<HTMLElement>('[role="treegrid"]')?.focus({ preventScroll: true });
  const closeDetail = () => {
    dispatch({ type: 'detailClosed' });
    focusMap();
  };
  const map = useMap(model, settings, askDetail, () => {
    if (model.detail) closeDetail();
    else map.change({ filter: '', sort: null });
  });
  const { content, choice, actions } = map;

  useLayoutEffect(() => {
    const stop = host.listen(dispatch);
    host.post({ type: 'ready' });
    return stop;
  }, [host]);
  useEffect(() => {
    if (model.state) host.save({ sessionId: model.state.sessionId });
  }, [host, model.state]);
  // What is open was measured before: its scheme, samples or recipe may be others now.
  useEffect(() => {
    if (model.finishedRuns > 0 && model.detail) askDetail(model.detail.cell);
  }, [model.finishedRuns]);
  useEffect(() => {
    if (model.reveal.serial > 0) map.change({ filter: `"${model.reveal.match}"`, sort: null });
  }, [model.reveal, map.change]);

  const { layers, columns, sortedColumn } = content;
  const { thresholdDb } = settings;
  const summary = useMemo(
    () => headingOf(model, { layers, columns, sortedColumn, thresholdDb }),
    [model, layers, columns, sortedColumn, thresholdDb],
  );
  const readOnlyReason = model.state?.trusted === false ? 'Needs a trusted workspace' : null;
  const onExport = async (kind: ExportKind) => {
    drawing.current?.abort();
    const controller = new AbortController();
    drawing.current = controller;
    const { signal } = controller;
    const startedAt = performance.now();
    const onProgress = (share: number) => {
      if (!signal.aborted && performance.now() - startedAt > longExportMs) setDrawn(share);
    };
    const watch = { onProgress, signal };
    const problem = await exportMap(kind, { content, theme, model, summary }, post, watch);
    if (signal.aborted) return;
    setDrawn(null);
    if (problem !== null) dispatch({ type: 'notice', message: problem });
  };
  const detail = model.detail;
  // Rows that a run announced and never filled would only hide what it asks for.
  const sides = [model.model, model.compared];
  const bare = !sides.some(side => side && (side.run.state === 'running' || hasFigures(side)));
  const empty = bare || content.rows.length === 0;
  const asksIn = (side: InspectionSide) => {
    const measured = model[side];
    if (measured && asksForInputs(measured)) return side === 'compared' || !empty;
    return side === 'model' && changing && measured?.run.state !== 'running';
  };
  return (
    <div class="app">
      <Header
        model={model}
        summary={summary}
        readOnlyReason={readOnlyReason}
        settings={settings}
        onSettings={save}
        filter={choice.filter}
        onFilter={filter => map.change({ filter })}
        filterRef={filterBox}
        onDone={focusMap}
        onExport={onExport}
        onInputs={() => setChanging(true)}
        post={post}
      />
      {inspectionSides.map(side => {
        const measured = model[side];
        return (
          measured && (
            <Fragment key={side}>
              <RunLine measured={measured} post={post} />
              {(side === 'compared' || !empty) && (
                <OriginalLine side={side} measured={measured} readOnlyReason={readOnlyReason} post={post} />
              )}
              {asksIn(side) && (
                <InputsForm
                  side={side}
                  measured={measured}
                  readOnlyReason={readOnlyReason}
                  post={post}
                  onClose={changing ? () => setChanging(false) : null}
                />
              )}
            </Fragment>
          )
        );
      })}
      {drawn !== null && (
        <div class="run-line" role="status">
          <progress aria-label="Picture" value={drawn} max={1} />
          <span class="run-words">{`Drawing ${content.rows.length} rows`}</span>
          <Button
            onClick={() => {
              drawing.current?.abort();
              setDrawn(null);
            }}
          >
            Cancel
          </Button>
        </div>
      )}
      {model.state?.recipe?.problem && (
        <p class="run-line failed" role="alert">
          {`${nameForPeople(model.state.recipe.name)}: ${model.state.recipe.problem}`}
        </p>
      )}
      {model.notice !== null && (
        <Notice text={model.notice} onDismiss={() => dispatch({ type: 'dismissNotice' })} />
      )}
      <main class={detail ? 'panes' : 'panes single'} style={{ '--map-share': `${settings.mapShare}%` }}>
        <section class="map-pane" aria-label="Heatmap">
          {!empty && (
            <Heatmap
              content={content}
              actions={actions}
              theme={theme}
              onType={() => filterBox.current?.focus()}
            />
          )}
          {empty && (
            <Emptiness
              model={model}
              filtered={!bare && content.layers.length > 0}
              readOnlyReason={readOnlyReason}
              onShowAll={() => {
                map.change({ filter: '' });
                save({ belowOnly: false });
              }}
              post={post}
            />
          )}
          <Remarks sides={[model.model, model.compared]} />
        </section>
        {detail && (
          <>
            <Splitter
              label="Width of the heatmap"
              share={settings.mapShare}
              range={mapShares}
              onChange={mapShare => save({ mapShare })}
            />
            <DetailPane
              detail={detail}
              layers={content.layers}
              info={model[detail.cell.side]?.report?.calibration ?? null}
              recipe={model.state?.recipe ?? null}
              readOnlyReason={readOnlyReason}
              theme={theme}
              post={post}
              onClose={closeDetail}
              onRetry={() => askDetail(detail.cell)}
            />
          </>
        )}
      </main>
      <div class="visually-hidden" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </div>
  );
}
