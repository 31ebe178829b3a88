import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as v from 'valibot';
import { type Uri, ViewColumn, type WebviewPanel, type WebviewPanelSerializer, window } from 'vscode';
import { defaultProfileSettings, type ProfileSettings } from '../../protocol/profile';
import { savedProfilingViewSchema } from '../../protocol/profilingView';
import { type ModelChoice, precisionSchema } from '../../protocol/prompt';
import type { RunRecord } from '../../protocol/runRecord';
import { bundleFolders } from '../quantization/bundleFolders';
import { ProfilingPanel } from './panel';
import type { ProfilingServices } from './services';
import { ProfilingSession, type SessionContent } from './session';
import { usualPicture } from './usualPicture';
import { act } from './viewActions';

/** All throughput panels of the window: one a model, and one for each set of stored runs that was opened. */
export class ProfilingPanels implements WebviewPanelSerializer {
  readonly #services: ProfilingServices;
  readonly #panels = new Set<ProfilingPanel>();

  constructor(services: ProfilingServices) {
    this.#services = services;
  }

  get all(): readonly ProfilingPanel[] {
    return [...this.#panels];
  }

  get active(): ProfilingPanel | undefined {
    return this.all.find(({ active }) => active);
  }

  /** Shows the panel of a model. Nothing is measured before a person has seen what it costs. */
  async open(asked: string): Promise<ProfilingPanel> {
    const bundleDir = path.resolve(asked);
    const existing = this.all.find(({ session }) => session.content.choice?.bundleDir === bundleDir);
    if (existing) {
      existing.reveal();
      return existing;
    }
    const { models } = this.#services;
    const current = models.choice;
    const outcome = models.outcome(bundleDir);
    const precisions = outcome?.ok ? outcome.model.precisions : ['fp32' as const];
    const precision =
      current.bundleDir === bundleDir ? current.precision : (precisions[0] ?? ('fp32' as const));
    const choice: ModelChoice = { bundleDir, precision, target: current.target };
    return this.#create({ choice, settings: await usualSettings(), files: [] });
  }

  /** Shows stored runs, the first one in front, in a panel that can also measure where their model is known. */
  async show(files: readonly string[]): Promise<ProfilingPanel> {
    const panel = this.#create({ choice: null, settings: await usualSettings(), files: [] });
    await this.#lay(panel, files);
    const choice = await this.#choiceOf(panel.session.runs[0]?.record);
    if (choice !== undefined) panel.session.choose({ choice });
    return panel;
  }

  /** What a run would be measured with again, where its model is known or in the workspace. */
  async #choiceOf(record: RunRecord | undefined): Promise<ModelChoice | undefined> {
    if (record === undefined || record.provenance.kind === 'imported') return undefined;
    const { models } = this.#services;
    const { model, target, ...provenance } = record.provenance;
    const bundleDir =
      models.folders.find(dir => models.nameOf(dir) === model.name) ??
      (await bundleFolders()).find(dir => path.basename(dir) === model.name);
    if (bundleDir === undefined) return undefined;
    const precision = v.safeParse(precisionSchema, provenance.precision);
    return {
      bundleDir,
      precision: precision.success ? precision.output : models.choice.precision,
      target: target.id ?? models.choice.target,
    };
  }

  /** Called by the editor for each panel that was open when the window was closed. */
  async deserializeWebviewPanel(webviewPanel: WebviewPanel, state: unknown): Promise<void> {
    const saved = v.safeParse(savedProfilingViewSchema, state);
    const id = saved.success ? saved.output.sessionId : randomUUID();
    const content = this.#services.sessions.load(id);
    if (!content) {
      // What it was about is not known any more.
      webviewPanel.dispose();
      return;
    }
    const panel = this.#add(webviewPanel, id, content);
    await this.#lay(panel, content.files);
  }

  /** A run whose file is gone is named and left out. */
  async #lay(panel: ProfilingPanel, files: readonly string[]): Promise<void> {
    for (const file of files)
      try {
        panel.session.add({ record: await this.#services.runs.read(file), file });
      } catch (error) {
        this.#services.log.warn(String(error));
        panel.notice(error instanceof Error ? error.message : String(error));
      }
  }

  #create(content: SessionContent): ProfilingPanel {
    const column = this.all.at(-1)?.viewColumn ?? ViewColumn.Active;
    const webviewPanel = window.createWebviewPanel(ProfilingPanel.viewType, '', column);
    return this.#add(webviewPanel, randomUUID(), content);
  }

  #add(webviewPanel: WebviewPanel, id: string, { choice, settings }: SessionContent): ProfilingPanel {
    const { client, sessions } = this.#services;
    const session = new ProfilingSession(id, { choice, settings }, client);
    const panel = new ProfilingPanel(webviewPanel, session, this.#services, (message, from) =>
      act(message, from, this.#services),
    );
    this.#panels.add(panel);
    session.subscribe(change => {
      if (change.type === 'state') void sessions.save(id, session.content);
    });
    // A closed panel is the end of its session; a closed window is not, and does not come by here.
    webviewPanel.onDidDispose(() => {
      this.#panels.delete(panel);
      void sessions.delete(id);
    });
    void sessions.save(id, session.content);
    return panel;
  }
}

async function usualSettings(): Promise<ProfileSettings> {
  const picture: Uri | undefined = await usualPicture();
  const { contexts, ...others } = defaultProfileSettings;
  return {
    ...others,
    contexts: [...contexts],
    imagePath: picture?.fsPath ?? '',
    question: 'What do you see?',
  };
}
