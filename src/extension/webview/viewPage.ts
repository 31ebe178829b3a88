import * as v from 'valibot';
import type { LogOutputChannel, WebviewPanel } from 'vscode';

export interface ViewPageOptions<From extends { type: string }, To> {
  /** The view in a sentence of the log, e.g. `prompt`. */
  name: string;
  /** All that the page may send. */
  schema: v.GenericSchema<unknown, From>;
  log: LogOutputChannel;
  /** Everything the page draws, as it is now. */
  state: () => To;
  /** Does what a person asked for in the view. */
  act: (message: From) => void;
}

/**
 * The page in a panel, as one that comes and goes: it is unloaded whenever its tab is hidden, says `ready` when it is
 * back, and is then sent its state and what could not wait for it. What it sends is checked.
 */
export class ViewPage<From extends { type: string }, To> {
  readonly #panel: WebviewPanel;
  readonly #options: ViewPageOptions<From, To>;
  #ready = false;
  /** Sent when the page is ready, after its state. */
  #pending: To[] = [];

  constructor(panel: WebviewPanel, options: ViewPageOptions<From, To>) {
    this.#panel = panel;
    this.#options = options;
    const subscriptions = [
      panel.webview.onDidReceiveMessage((message: unknown) => this.#onMessage(message)),
      panel.onDidChangeViewState(() => {
        this.#ready &&= panel.visible;
      }),
    ];
    panel.onDidDispose(() => {
      this.unload();
      for (const subscription of subscriptions) subscription.dispose();
    });
  }

  /** Whether the page has been drawn and listens. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The page is about to be loaded anew. */
  unload(): void {
    this.#ready = false;
  }

  /** Sends what only an open page can use: one that is not there yet gets all of it in its first state. */
  send(message: To): void {
    if (this.#ready) void this.#panel.webview.postMessage(message);
  }

  /** Sends what a page must hear, later if it is not there yet. */
  post(message: To): void {
    if (this.#ready) this.send(message);
    else this.#pending.push(message);
  }

  sendState(): void {
    this.send(this.#options.state());
  }

  #onMessage(message: unknown): void {
    const { name, schema, log, act } = this.#options;
    const parsed = v.safeParse(schema, message);
    if (!parsed.success) {
      log.warn(`The ${name} view sent what it may not: ${v.summarize(parsed.issues)}`);
    } else if (parsed.output.type === 'ready') {
      this.#ready = true;
      this.sendState();
      for (const pending of this.#pending.splice(0)) this.send(pending);
    } else {
      act(parsed.output);
    }
  }
}
