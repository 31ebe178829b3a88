import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { ViewColumn, type WebviewPanel, type WebviewPanelSerializer, window } from 'vscode';
import { defaultClaimsSettings } from '../../protocol/claimsRun';
import { savedClaimsViewSchema } from '../../protocol/claimsView';
import { usualPair } from './choices';
import { ClaimsPanel } from './panel';
import type { ClaimsServices } from './services';
import { ClaimsSession, type SessionContent } from './session';
import { act } from './viewActions';

/** All comparisons with the paper of the window: one that measures, and one for each kept one that was opened. */
export class ClaimsPanels implements WebviewPanelSerializer {
  readonly #services: ClaimsServices;
  readonly #panels = new Set<ClaimsPanel>();

  constructor(services: ClaimsServices) {
    this.#services = services;
  }

  get all(): readonly ClaimsPanel[] {
    return [...this.#panels];
  }

  /** Shows the latest panel, or a first one. Nothing is measured before a person has seen what it costs. */
  open(): ClaimsPanel {
    const existing = this.all.at(-1);
    if (!existing) return this.#create();
    existing.reveal();
    return existing;
  }

  /** Shows a kept comparison. @throws {StudioError} where its file is gone or none */
  async show(file: string): Promise<ClaimsPanel> {
    const existing = this.all.find(({ session }) => session.content.file === file);
    if (existing) {
      existing.reveal();
      return existing;
    }
    const report = await this.#services.client.read(file);
    const panel = this.#create();
    if (report.ok) panel.session.show(report.report, file);
    else panel.notice(report.failure.message);
    return panel;
  }

  /** Called by the editor for each panel that was open when the window was closed. */
  async deserializeWebviewPanel(webviewPanel: WebviewPanel, state: unknown): Promise<void> {
    const saved = v.safeParse(savedClaimsViewSchema, state);
    const id = saved.success ? saved.output.sessionId : randomUUID();
    const content = this.#services.sessions.load(id);
    const panel = this.#add(webviewPanel, id, content?.form);
    if (content?.file == null) return;
    const report = await this.#services.client.read(content.file);
    if (report.ok) panel.session.show(report.report, content.file);
    else panel.notice(report.failure.message);
  }

  #create(): ClaimsPanel {
    const column = this.all.at(-1)?.viewColumn ?? ViewColumn.Active;
    return this.#add(window.createWebviewPanel(ClaimsPanel.viewType, '', column), randomUUID());
  }

  #add(webviewPanel: WebviewPanel, id: string, form?: SessionContent['form']): ClaimsPanel {
    const { client, sessions } = this.#services;
    const usual = { models: usualPair, settings: defaultClaimsSettings };
    const session = new ClaimsSession(id, form ?? usual, client);
    const panel = new ClaimsPanel(webviewPanel, session, this.#services, (message, from) =>
      act(message, from, this.#services),
    );
    this.#panels.add(panel);
    session.subscribe(change => {
      if (change.type === 'state' || change.type === 'cost') void sessions.save(id, session.content);
    });
    // A closed panel is the end of its session; a closed window is not, and does not come by here.
    webviewPanel.onDidDispose(() => {
      this.#panels.delete(panel);
      void sessions.delete(id);
    });
    return panel;
  }
}
