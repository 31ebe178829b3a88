import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import {
  type Disposable,
  type Event,
  EventEmitter,
  TabInputWebview,
  type Uri,
  ViewColumn,
  type WebviewPanel,
  type WebviewPanelSerializer,
  window,
} from 'vscode';
import { savedPromptViewSchema } from '../../protocol/promptView';
import { configuredSampling } from '../settings';
import { toSessionPicture } from './chosenPicture';
import { PromptPanel } from './panel';
import type { PromptServices } from './services';
import { PromptSession, type SessionContent } from './session';
import { act } from './viewActions';

/** Staged pictures of unknown sessions are removed after a week. */
const unusedMs = 7 * 24 * 3600 * 1000;

/**
 * How long a question may run before anything outside its panel hears of it. Most answers are there by then: no status
 * bar flickers, and storing and menus do not stand between the question and its first token.
 */
const calmMs = 250;

/**
 * All prompt panels of the window: one a picture. Opening a picture again shows its panel; another picture gets its
 * own panel beside the others; a picture dropped into a panel replaces that panel's picture.
 */
export class PromptPanels implements WebviewPanelSerializer, Disposable {
  /** A panel came, went or changed its focus, or a session changed a card. Not fired for progress within a card. */
  readonly onDidChange: Event<void>;
  readonly #services: PromptServices;
  readonly #changed = new EventEmitter<void>();
  readonly #panels = new Set<PromptPanel>();
  #swept: Promise<void> | undefined;
  #answering = false;

  constructor(services: PromptServices) {
    this.#services = services;
    this.onDidChange = this.#changed.event;
  }

  get all(): readonly PromptPanel[] {
    return [...this.#panels];
  }

  /** The panel that has the focus. */
  get active(): PromptPanel | undefined {
    return this.all.find(panel => panel.active);
  }

  /** Whether an answer is being waited for; one that has just begun does not count yet. */
  get answering(): boolean {
    return this.#answering;
  }

  /** Shows the panel of a picture, or an empty one. @throws {StudioError} where the picture cannot be read */
  async open(uri?: Uri): Promise<PromptPanel> {
    await this.#sweep();
    const id = randomUUID();
    const picture = uri ? await toSessionPicture(uri, id, this.#services.staged) : null;
    const existing = this.all.find(({ session }) => session.picture?.path === picture?.path);
    if (existing) {
      existing.reveal();
      existing.focusQuestion();
      return existing;
    }
    const column = this.all.at(-1)?.viewColumn ?? ViewColumn.Active;
    const webviewPanel = window.createWebviewPanel(PromptPanel.viewType, '', column);
    const panel = this.#add(webviewPanel, id, { picture, cards: [] });
    panel.focusQuestion();
    return panel;
  }

  /** Called by the editor for each panel that was open when the window was closed. */
  async deserializeWebviewPanel(webviewPanel: WebviewPanel, state: unknown): Promise<void> {
    const saved = v.safeParse(savedPromptViewSchema, state);
    const id = saved.success ? saved.output.sessionId : randomUUID();
    this.#add(webviewPanel, id, this.#services.store.load(id));
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #add(webviewPanel: WebviewPanel, id: string, content: SessionContent | undefined): PromptPanel {
    const { models, runtime, store, staged } = this.#services;
    const options = {
      answer: runtime.prompt,
      compare: runtime.compare,
      choice: () => models.choice,
      sampling: configuredSampling,
      newId: randomUUID,
    };
    const session = new PromptSession(id, options, content);
    const panel = new PromptPanel(webviewPanel, session, this.#services, (message, from) => {
      void act(message, from, this.#services);
    });
    this.#panels.add(panel);
    let calm: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(calm);
      calm = undefined;
      void store.save(id, session.content);
      this.#fire();
    };
    session.subscribe(change => {
      if (change.type === 'card' && change.card.state === 'running') calm ??= setTimeout(settle, calmMs);
      else if (change.type === 'card' || change.type === 'content') settle();
    });
    webviewPanel.onDidChangeViewState(() => this.#changed.fire());
    // A closed panel is the end of its session; a closed window is not, and does not come by here.
    webviewPanel.onDidDispose(() => {
      this.#panels.delete(panel);
      session.stop();
      clearTimeout(calm);
      void store.delete(id);
      void staged.remove(id);
      this.#fire();
    });
    void store.save(id, session.content);
    void this.#introduceModel(panel);
    this.#fire();
    return panel;
  }

  #fire(): void {
    this.#answering = this.all.some(({ session }) => session.running);
    this.#changed.fire();
  }

  /** Asks the runtime about the models, has the chosen one loaded, and says at once where it cannot be opened. */
  async #introduceModel(panel: PromptPanel): Promise<void> {
    const { models, runtime } = this.#services;
    await models.load();
    const outcome = models.outcome(models.choice.bundleDir);
    if (outcome?.ok === false) {
      panel.notice(outcome.failure.message);
    } else {
      await runtime.warm(models.choice);
    }
  }

  /** Once a window: forgets sessions whose panels are gone without a goodbye, and their staged pictures. */
  #sweep(): Promise<void> {
    this.#swept ??= (async () => {
      const { store, staged } = this.#services;
      const tabs = window.tabGroups.all.flatMap(group => group.tabs);
      const isOurs = (input: unknown) =>
        input instanceof TabInputWebview && input.viewType.endsWith(PromptPanel.viewType);
      if (!tabs.some(({ input }) => isOurs(input))) {
        await Promise.all(store.ids.map(id => store.delete(id)));
      }
      await staged.sweep(store.ids, unusedMs);
    })();
    return this.#swept;
  }
}
