import { l10n, Uri, type WebviewPanel, workspace } from 'vscode';
import {
  type ClaimsViewState,
  type FromClaimsView,
  fromClaimsViewSchema,
  type ToClaimsView,
} from '../../protocol/claimsView';
import { pageOf } from '../webview/page';
import { ViewPage } from '../webview/viewPage';
import { ClaimsChoices } from './choices';
import type { ClaimsServices } from './services';
import type { ClaimsSession, SessionChange } from './session';

/**
 * A comparison with the paper in an editor tab: draws a session in the webview and passes on what comes from there. The
 * page is unloaded whenever its tab is hidden; it says `ready` when it is back, and is then sent everything.
 */
export class ClaimsPanel {
  static readonly viewType = 'autoneural.claims';
  readonly session: ClaimsSession;
  readonly choices: ClaimsChoices;
  readonly #panel: WebviewPanel;
  readonly #services: ClaimsServices;
  readonly #page: ViewPage<FromClaimsView, ToClaimsView>;
  readonly #act: (message: FromClaimsView, panel: ClaimsPanel) => Promise<void>;

  /** @param act does what a person asked for in the view; the message has been checked */
  constructor(
    panel: WebviewPanel,
    session: ClaimsSession,
    services: ClaimsServices,
    act: (message: FromClaimsView, panel: ClaimsPanel) => Promise<void>,
  ) {
    this.session = session;
    this.choices = new ClaimsChoices(services.extensionUri, services.models);
    this.#panel = panel;
    this.#services = services;
    this.#act = act;
    panel.title = this.#title();
    panel.iconPath = {
      light: Uri.joinPath(services.extensionUri, 'media', 'profiling-light.svg'),
      dark: Uri.joinPath(services.extensionUri, 'media', 'profiling-dark.svg'),
    };
    this.#page = new ViewPage(panel, {
      name: 'comparison with the paper',
      schema: fromClaimsViewSchema,
      log: services.log,
      state: () => ({ type: 'state', state: this.#state() }),
      act: message => void this.perform(message),
    });
    const subscriptions = [
      services.runtime.onDidChangeState(() => this.#page.sendState()),
      services.models.onDidChange(() => this.#page.sendState()),
      workspace.onDidGrantWorkspaceTrust(() => this.plan()),
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
    panel.webview.html = pageOf('claims', panel.title, panel.webview, services.extensionUri);
    void this.choices.load().then(() => this.plan());
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
  perform(message: FromClaimsView): Promise<void> {
    return this.#act(message, this);
  }

  notice(message: string): void {
    this.#page.post({ type: 'notice', message });
  }

  /** Finds out what the form costs, and draws everything. */
  plan(form = this.session.content.form): void {
    const [ours, baseline] = form.models;
    void this.session.plan(form, [this.choices.model(ours), this.choices.model(baseline)]);
    this.#page.sendState();
  }

  #onChange(change: SessionChange): void {
    if (change.type !== 'state') {
      this.#page.send(change);
      return;
    }
    this.#panel.title = this.#title();
    this.#page.sendState();
  }

  #title(): string {
    const { report } = this.session;
    const names = report?.contenders.map(({ name }) => name);
    return names
      ? l10n.t('Paper — {0} against {1}', names[0] ?? '', names[1] ?? '')
      : l10n.t('Compare with the Paper');
  }

  #state(): ClaimsViewState {
    const { session } = this;
    const { form, file } = session.content;
    const { state, message } = this.#services.runtime.state;
    return {
      sessionId: session.id,
      choices: this.choices.list(form.models),
      form,
      cost: session.cost,
      run: session.run,
      progress: session.progress,
      report: session.report,
      place: file === null || session.running ? null : workspace.asRelativePath(file),
      keeping: this.#services.runs.describePlace(this.#services.extensionUri.fsPath),
      trusted: workspace.isTrusted,
      runtime: { state, ...(message !== undefined && { message }) },
    };
  }
}
