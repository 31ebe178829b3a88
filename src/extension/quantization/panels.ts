import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as v from 'valibot';
import { ViewColumn, type WebviewPanel, type WebviewPanelSerializer, window } from 'vscode';
import { defaultQuantizationSettings } from '../../protocol/quantization';
import { savedQuantizationViewSchema } from '../../protocol/quantizationView';
import { QuantizationPanel } from './panel';
import type { QuantizationServices } from './services';
import { QuantizationSession, type SessionContent } from './session';
import { act } from './viewActions';

/** All quantization panels of the window: one a model. Opening a model again shows its panel. */
export class QuantizationPanels implements WebviewPanelSerializer {
  readonly #services: QuantizationServices;
  readonly #panels = new Set<QuantizationPanel>();

  constructor(services: QuantizationServices) {
    this.#services = services;
  }

  get all(): readonly QuantizationPanel[] {
    return [...this.#panels];
  }

  /** Shows the panel of a model; a new one begins to measure, since that is what it was opened for. */
  open(asked: string): QuantizationPanel {
    const modelPath = path.resolve(asked);
    const existing = this.all.find(({ session }) => session.content.modelPath === modelPath);
    if (existing) {
      existing.reveal();
      return existing;
    }
    const column = this.all.at(-1)?.viewColumn ?? ViewColumn.Active;
    const webviewPanel = window.createWebviewPanel(QuantizationPanel.viewType, '', column);
    const panel = this.#add(webviewPanel, randomUUID(), {
      modelPath,
      comparedPath: null,
      settings: defaultQuantizationSettings,
      calibrationPath: null,
      measured: false,
    });
    void panel.measure(panel.session.content.settings);
    return panel;
  }

  /** Called by the editor for each panel that was open when the window was closed. */
  async deserializeWebviewPanel(webviewPanel: WebviewPanel, state: unknown): Promise<void> {
    const saved = v.safeParse(savedQuantizationViewSchema, state);
    const id = saved.success ? saved.output.sessionId : randomUUID();
    const content = this.#services.store.load(id);
    if (!content) {
      // What it was about is not known any more.
      webviewPanel.dispose();
      return;
    }
    const panel = this.#add(webviewPanel, id, content);
    // The runtime remembers figures that were measured to the end; nothing costly begins by itself.
    if (content.measured) void panel.measure(content.settings);
  }

  #add(webviewPanel: WebviewPanel, id: string, content: SessionContent): QuantizationPanel {
    const { door, store } = this.#services;
    const session = new QuantizationSession(id, content, door, store.facts);
    const panel = new QuantizationPanel(webviewPanel, session, this.#services, (message, from) => {
      void act(message, from, this.#services);
    });
    this.#panels.add(panel);
    session.subscribe(change => {
      if (change.type === 'state') void store.save(id, session.content);
    });
    // A closed panel is the end of its session; a closed window is not, and does not come by here.
    webviewPanel.onDidDispose(() => {
      this.#panels.delete(panel);
      void store.delete(id);
    });
    void store.save(id, content);
    return panel;
  }
}
