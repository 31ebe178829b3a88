import path from 'node:path';
import { l10n, Uri, type Webview, type WebviewPanel, workspace } from 'vscode';
import {
  type FromPromptView,
  fromPromptViewSchema,
  type PromptViewState,
  type ToPromptView,
} from '../../protocol/promptView';
import { pageOf } from '../webview/page';
import { ViewPage } from '../webview/viewPage';
import { toViewCard } from './cards';
import type { PromptServices } from './services';
import type { PromptSession, SessionChange } from './session';

/**
 * How long the beginning of an answer waits for its first token before it is shown without. Drawing a card and six
 * stages one by one, while the model computes, held up the first token by more than all channels together.
 */
const firstTokenMs = 30;

/**
 * A prompt session in an editor tab: draws it in the webview and passes on what comes from there. The page is
 * unloaded whenever its tab is hidden; it says `ready` when it is back, and is then sent everything.
 */
export class PromptPanel {
  static readonly viewType = 'autoneural.prompt';
  readonly session: PromptSession;
  readonly #panel: WebviewPanel;
  readonly #services: PromptServices;
  readonly #page: ViewPage<FromPromptView, ToPromptView>;
  /** The beginning of an answer, until its first token or {@link firstTokenMs}; undefined = nothing waits. */
  #beginning: ToPromptView[] | undefined;
  #beginningTimer: NodeJS.Timeout | undefined;

  /** @param act does what a person asked for in the view; the message has been checked */
  constructor(
    panel: WebviewPanel,
    session: PromptSession,
    services: PromptServices,
    act: (message: FromPromptView, panel: PromptPanel) => void,
  ) {
    this.session = session;
    this.#panel = panel;
    this.#services = services;
    panel.iconPath = {
      light: Uri.joinPath(services.extensionUri, 'media', 'prompt-light.svg'),
      dark: Uri.joinPath(services.extensionUri, 'media', 'prompt-dark.svg'),
    };
    this.#page = new ViewPage(panel, {
      name: 'prompt',
      schema: fromPromptViewSchema,
      log: services.log,
      state: () => ({ type: 'state', state: this.#state() }),
      act: message => act(message, this),
    });
    const subscriptions = [
      services.runtime.onDidChangeState(() => this.#page.sendState()),
      services.models.onDidChange(() => this.#page.sendState()),
      workspace.onDidGrantWorkspaceTrust(() => this.#page.sendState()),
      { dispose: session.subscribe(change => this.#onChange(change)) },
    ];
    panel.onDidDispose(() => {
      clearTimeout(this.#beginningTimer);
      for (const subscription of subscriptions) {
        subscription.dispose();
      }
    });
    this.#showTitle();
    panel.webview.options = this.#webviewOptions();
    panel.webview.html = pageOf('prompt', panel.title, panel.webview, services.extensionUri);
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

  /** Focuses the question box, with `draft` in it where a question must not be lost. */
  focusQuestion(draft?: string): void {
    this.#page.post({ type: 'focusQuestion', ...(draft !== undefined && { draft }) });
  }

  notice(message: string): void {
    this.#page.post({ type: 'notice', message });
  }

  #onChange(change: SessionChange): void {
    switch (change.type) {
      case 'event':
        this.#sendInOrder(
          { type: 'event', cardId: change.card.id, event: change.event },
          change.event.type === 'token',
        );
        break;
      case 'progress':
        this.#sendInOrder(
          { type: 'card', card: toViewCard(change.card, this.session.picture?.path) },
          change.card.answer !== '',
        );
        break;
      case 'card': {
        const begins = change.card.state === 'running';
        if (begins) this.#begin();
        const card = toViewCard(change.card, this.session.picture?.path);
        // As it is now: what happens until it is sent follows as events.
        this.#sendInOrder({ type: 'card', card: { ...card, events: [...card.events] } }, !begins);
        break;
      }
      case 'content':
        this.#showBeginning();
        this.#showTitle();
        this.#allowPicture();
        this.#page.sendState();
    }
  }

  #begin(): void {
    this.#showBeginning();
    this.#beginning = [];
    this.#beginningTimer = setTimeout(() => this.#showBeginning(), firstTokenMs);
  }

  /** @param atOnce ends the waiting of what came before */
  #sendInOrder(message: ToPromptView, atOnce: boolean): void {
    if (!this.#beginning) {
      this.#page.send(message);
      return;
    }
    this.#beginning.push(message);
    if (atOnce) this.#showBeginning();
  }

  #showBeginning(): void {
    clearTimeout(this.#beginningTimer);
    const messages = this.#beginning;
    this.#beginning = undefined;
    if (messages && messages.length > 0) this.#page.send({ type: 'batch', messages });
  }

  /** Whoever may draw the picture's folder must be told before the picture; that reloads the page. */
  #allowPicture(): void {
    const options = this.#webviewOptions();
    const roots = (from: typeof options) => from.localResourceRoots?.map(String).join();
    if (roots(options) !== roots(this.#panel.webview.options)) {
      this.#page.unload();
      this.#panel.webview.options = options;
    }
  }

  #webviewOptions(): Webview['options'] {
    const { picture } = this.session;
    const page = Uri.joinPath(this.#services.extensionUri, 'dist', 'webview');
    return {
      enableScripts: true,
      localResourceRoots: picture ? [page, Uri.file(path.dirname(picture.path))] : [page],
    };
  }

  #showTitle(): void {
    const { picture } = this.session;
    this.#panel.title = picture ? l10n.t('Prompt — {0}', picture.name) : l10n.t('Prompt');
  }

  #state(): PromptViewState {
    const { session } = this;
    const { models, runtime } = this.#services;
    const { picture } = session;
    const src = picture && this.#panel.webview.asWebviewUri(Uri.file(picture.path)).toString();
    return {
      sessionId: session.id,
      picture: picture && src ? { name: picture.name, src } : null,
      models: models.models,
      targets: models.targets,
      choice: models.choice,
      cards: session.cards.map(card => toViewCard(card, picture?.path)),
      runtime: runtime.state,
      trusted: workspace.isTrusted,
    };
  }
}
