import path from 'node:path';
import * as v from 'valibot';
import { l10n, Uri, type WebviewPanel, workspace } from 'vscode';
import {
  type BaselineVerdict,
  type FromProfilingView,
  fromProfilingViewSchema,
  type LayerErrors,
  type ProfilingSubject,
  type ProfilingViewState,
  type StoredRun,
  type ToProfilingView,
} from '../../protocol/profilingView';
import { precisionLabels, precisionSchema } from '../../protocol/prompt';
import type { ListedRun } from '../../protocol/runFiles';
import { section } from '../settings';
import { pageOf } from '../webview/page';
import { ViewPage } from '../webview/viewPage';
import { layerErrorsOf } from './layerErrors';
import { describeRun } from './runWords';
import type { ProfilingServices } from './services';
import { type ProfilingSession, type SessionChange, shownRun } from './session';

/**
 * The throughput of a model in an editor tab: draws a session in the webview and passes on what comes from there. The
 * page is unloaded whenever its tab is hidden; it says `ready` when it is back, and is then sent everything.
 */
export class ProfilingPanel {
  static readonly viewType = 'autoneural.profiling';
  readonly session: ProfilingSession;
  readonly #panel: WebviewPanel;
  readonly #services: ProfilingServices;
  readonly #page: ViewPage<FromProfilingView, ToProfilingView>;
  /** Of the run that was in front when it was asked for. */
  #verdict: { runId: string | undefined; verdict: BaselineVerdict | null } | undefined;
  /** Model whose report was asked for last. */
  #lookedAt: string | undefined;
  readonly #act: (message: FromProfilingView, panel: ProfilingPanel) => Promise<void>;

  /** @param act does what a person asked for in the view; the message has been checked */
  constructor(
    panel: WebviewPanel,
    session: ProfilingSession,
    services: ProfilingServices,
    act: (message: FromProfilingView, panel: ProfilingPanel) => Promise<void>,
  ) {
    this.session = session;
    this.#panel = panel;
    this.#services = services;
    this.#act = act;
    panel.title = this.#title();
    panel.iconPath = {
      light: Uri.joinPath(services.extensionUri, 'media', 'profiling-light.svg'),
      dark: Uri.joinPath(services.extensionUri, 'media', 'profiling-dark.svg'),
    };
    this.#page = new ViewPage(panel, {
      name: 'throughput',
      schema: fromProfilingViewSchema,
      log: services.log,
      state: () => ({ type: 'state', state: this.#state() }),
      act: message => void this.perform(message),
    });
    const subscriptions = [
      services.runtime.onDidChangeState(() => this.#page.sendState()),
      services.models.onDidChange(() => this.#page.sendState()),
      services.reports.onDidChange(() => this.#page.sendState()),
      panel.onDidChangeViewState(() => panel.visible && this.#lookAtReport()),
      services.runs.onDidChange(() => {
        session.takeNames(services.runs.runs);
        this.#page.send({ type: 'stored', stored: this.#stored() });
        void this.lookAtBaseline();
      }),
      services.baselines.onDidChange(() => {
        this.#page.send({ type: 'stored', stored: this.#stored() });
        void this.lookAtBaseline();
      }),
      workspace.onDidChangeConfiguration(
        change =>
          change.affectsConfiguration(`${section}.maxRegressionPercent`) && void this.lookAtBaseline(),
      ),
      workspace.onDidGrantWorkspaceTrust(() => this.#page.sendState()),
      { dispose: session.subscribe(change => this.#onChange(change)) },
    ];
    panel.onDidDispose(() => {
      session.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    });
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [Uri.joinPath(services.extensionUri, 'dist', 'webview')],
    };
    panel.webview.html = pageOf('profiling', panel.title, panel.webview, services.extensionUri);
    void services.runs.load();
    void services.models.load();
    this.#lookAtReport();
  }

  get active(): boolean {
    return this.#panel.active;
  }

  get viewColumn(): number | undefined {
    return this.#panel.viewColumn;
  }

  /** Whether the page in the tab has been drawn and listens. */
  get ready(): boolean {
    return this.#page.ready;
  }

  get title(): string {
    return this.#panel.title;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  /** Does what a person asks for in the view; a failure becomes a notice. */
  perform(message: FromProfilingView): Promise<void> {
    return this.#act(message, this);
  }

  notice(message: string): void {
    this.#page.post({ type: 'notice', message });
  }

  /** Holds the run in front against its baseline and draws what comes of it; nothing while a run is measured. */
  async lookAtBaseline(): Promise<BaselineVerdict | null> {
    const { session } = this;
    if (session.running) return null;
    const runId = session.runs[0]?.record.id;
    const verdict = runId === undefined ? null : await this.#services.baselines.verdictOn(runId);
    const before = JSON.stringify(this.#shownVerdict());
    this.#verdict = { runId, verdict };
    if (JSON.stringify(this.#shownVerdict()) !== before) this.#page.sendState();
    return verdict;
  }

  /** Another run may have come to the front meanwhile. */
  #shownVerdict(): BaselineVerdict | null {
    return this.#verdict?.runId === this.session.runs[0]?.record.id ? (this.#verdict?.verdict ?? null) : null;
  }

  #onChange(change: SessionChange): void {
    if (change.type === 'events') {
      this.#page.send(change);
      return;
    }
    this.#panel.title = this.#title();
    this.#page.sendState();
    void this.lookAtBaseline();
    // Panels of stored runs learn of their model later.
    if (this.session.content.choice?.bundleDir !== this.#lookedAt) this.#lookAtReport();
  }

  #title(): string {
    const { choice } = this.session.content;
    const [first] = this.session.runs;
    const name =
      choice === null ? (first?.record.name ?? '') : this.#services.models.nameOf(choice.bundleDir);
    return l10n.t('Throughput — {0}', name);
  }

  #state(): ProfilingViewState {
    const { runtime, models, runs } = this.#services;
    const { choice } = this.session.content;
    const { state, message } = runtime.state;
    return {
      sessionId: this.session.id,
      subject: this.#subject(),
      precisions: this.#precisions(),
      targets: models.targets,
      run: this.session.run,
      runs: this.session.runs.map(run => shownRun(run, placeForPeople)),
      events: [...this.session.events],
      stored: this.#stored(),
      verdict: this.#shownVerdict(),
      errors: this.#errors(),
      errorsReason: choice
        ? l10n.t('SQNR: the quantization of this model was not measured yet.')
        : l10n.t('SQNR: the model of this run is not in the list of models.'),
      keeping: runs.describePlace(choice?.bundleDir ?? ''),
      trusted: workspace.isTrusted,
      runtime: { state, ...(message !== undefined && { message }) },
    };
  }

  #subject(): ProfilingSubject | null {
    const { models } = this.#services;
    const { choice, settings } = this.session.content;
    if (choice === null) return null;
    const place =
      choice.bundleDir === models.shippedDir
        ? l10n.t('shipped with AutoNeural Studio')
        : placeForPeople(choice.bundleDir);
    const picture =
      settings.imagePath === '' ? l10n.t('none chosen yet') : placeForPeople(settings.imagePath);
    return { name: models.nameOf(choice.bundleDir), place, choice, settings, picture };
  }

  #errors(): LayerErrors | null {
    const { choice } = this.session.content;
    if (choice === null) return null;
    const run = this.session.runs[0]?.record.provenance;
    const precision = v.safeParse(precisionSchema, run?.precision);
    return layerErrorsOf(
      this.#services.reports.of(choice.bundleDir),
      precision.success ? precision.output : choice.precision,
      run?.model.weightsSha256,
    );
  }

  /** What was measured of the model's quantization may be news whenever the panel comes to the front. */
  #lookAtReport(): void {
    const { choice } = this.session.content;
    this.#lookedAt = choice?.bundleDir;
    if (choice !== null && workspace.isTrusted) void this.#services.reports.look(choice.bundleDir);
  }

  #precisions(): ProfilingViewState['precisions'] {
    const { choice } = this.session.content;
    if (!choice) return [];
    const outcome = this.#services.models.outcome(choice.bundleDir);
    const known = outcome?.ok ? outcome.model.precisions : [choice.precision];
    const precisions = known.includes(choice.precision) ? known : [choice.precision, ...known];
    return precisions.map(id => ({ id, label: precisionLabels[id] }));
  }

  #stored(): StoredRun[] {
    const { runs, baselines } = this.#services;
    return runs.runs.map((run: ListedRun) => ({
      id: run.id,
      name: run.name,
      description: describeRun(run, baselines.has(run)),
    }));
  }
}

function placeForPeople(file: string): string {
  return workspace.asRelativePath(file) || path.basename(file);
}
