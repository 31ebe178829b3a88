import path from 'node:path';
import { l10n, Uri, type WebviewPanel, workspace } from 'vscode';
import type { QuantizationSettings } from '../../protocol/quantization';
import {
  type FromQuantizationView,
  fromQuantizationViewSchema,
  type Inspection,
  inspectionSides,
  type QuantizationViewState,
  type ToQuantizationView,
} from '../../protocol/quantizationView';
import { pageOf } from '../webview/page';
import { ViewPage } from '../webview/viewPage';
import { originalAmong } from './original';
import { RecipeFile } from './recipeFile';
import type { QuantizationServices } from './services';
import { isBareGraph, modelName, type QuantizationSession, type SessionChange, type Side } from './session';

/**
 * The quantization of a model in an editor tab: draws a session in the webview and passes on what comes from there. The
 * page is unloaded whenever its tab is hidden; it says `ready` when it is back, and is then sent everything.
 */
export class QuantizationPanel {
  static readonly viewType = 'autoneural.quantization';
  readonly session: QuantizationSession;
  readonly recipe: RecipeFile;
  readonly #panel: WebviewPanel;
  readonly #services: QuantizationServices;
  readonly #page: ViewPage<FromQuantizationView, ToQuantizationView>;

  /** @param act does what a person asked for in the view; the message has been checked */
  constructor(
    panel: WebviewPanel,
    session: QuantizationSession,
    services: QuantizationServices,
    act: (message: FromQuantizationView, panel: QuantizationPanel) => void,
  ) {
    this.session = session;
    this.recipe = new RecipeFile(session.content.modelPath, services.door);
    this.#panel = panel;
    this.#services = services;
    panel.title = l10n.t('Quantization — {0}', modelName(session.content.modelPath));
    panel.iconPath = {
      light: Uri.joinPath(services.extensionUri, 'media', 'quantization-light.svg'),
      dark: Uri.joinPath(services.extensionUri, 'media', 'quantization-dark.svg'),
    };
    this.#page = new ViewPage(panel, {
      name: 'quantization',
      schema: fromQuantizationViewSchema,
      log: services.log,
      state: () => ({ type: 'state', state: this.#state() }),
      act: message => act(message, this),
    });
    const subscriptions = [
      services.runtime.onDidChangeState(() => this.#page.sendState()),
      workspace.onDidGrantWorkspaceTrust(() => this.#page.sendState()),
      this.recipe,
      this.recipe.onDidChange(() => this.#page.send({ type: 'recipe', recipe: this.recipe.info })),
      this.recipe.onDidPointAt(match => this.#page.send({ type: 'reveal', match })),
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
    panel.webview.html = pageOf('quantization', panel.title, panel.webview, services.extensionUri);
    void this.recipe.look();
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

  /**
   * Measures with the recipe as it stands in its file now; resolves when the run has ended. A recipe that cannot be used
   * costs its own column and no other.
   */
  async measure(settings: QuantizationSettings): Promise<void> {
    const { session, recipe } = this;
    const recipePath = workspace.isTrusted ? await recipe.saveForMeasurement() : undefined;
    await session.measure(settings, recipePath);
    if (await this.#findOriginals()) await session.measure(settings, recipePath);
    const { run } = session.model;
    if (recipePath !== undefined && run.state === 'failed' && run.failure.kind === 'recipe-invalid') {
      recipe.refuse(run.failure.message);
      await session.measure(settings, undefined);
    }
  }

  /** A folder of quantized graphs names its float model: where that is among the known ones, nobody is asked for it. */
  async #findOriginals(): Promise<boolean> {
    const { session } = this;
    const { models } = this.#services;
    let found = false;
    for (const name of inspectionSides) {
      const side = session[name];
      if (side?.run.state !== 'failed' || side.facts.originalPath !== null) continue;
      const { original } = side.run.failure;
      const path = original && (await originalAmong(models, original.name));
      if (path === undefined) continue;
      session.compareWithOriginal(name, path);
      found = true;
    }
    return found;
  }

  /** Shows the rows that a pattern names, also where the page is not there yet. */
  pointAt(match: string): void {
    this.#page.post({ type: 'reveal', match });
  }

  notice(message: string): void {
    this.#page.post({ type: 'notice', message });
  }

  /** Sends what only an open page can use. */
  send(message: Extract<ToQuantizationView, { type: 'detail' }>): void {
    this.#page.send(message);
  }

  #onChange(change: SessionChange): void {
    if (change.type === 'event') this.#page.send(change);
    else this.#page.sendState();
  }

  #state(): QuantizationViewState {
    const { settings, calibrationPath } = this.session.content;
    const { state, message } = this.#services.runtime.state;
    const { compared } = this.session;
    return {
      sessionId: this.session.id,
      model: this.#inspectionOf(this.session.model),
      compared: compared && this.#inspectionOf(compared),
      settings,
      calibration: calibrationPath === null ? null : this.#placeOf(calibrationPath),
      recipe: this.recipe.info,
      trusted: workspace.isTrusted,
      runtime: { state, ...(message !== undefined && { message }) },
    };
  }

  #inspectionOf({ modelPath, run, report, events, facts }: Side): Inspection {
    const { originalPath } = facts;
    const pictured = this.session.content.calibrationPath !== null && isBareGraph(modelPath);
    return {
      name: modelName(modelPath),
      place: this.#placeOf(modelPath),
      run,
      report,
      events,
      usualSamples: isBareGraph(modelPath) ? 'random' : 'shipped',
      openInputs: facts.openInputs,
      shapes: facts.shapes,
      valueInputs: facts.valueInputs,
      values: facts.values,
      pixels: pictured && report?.calibration.source !== 'tensors' ? (facts.pixels ?? 'unit') : null,
      original: originalPath === null ? null : this.#placeOf(originalPath),
    };
  }

  /** Of a model or of samples, as a person names it. */
  #placeOf(file: string): string {
    if (file === this.#services.models.shippedDir) return l10n.t('shipped with AutoNeural Studio');
    // A path "relative" to the very folder that is open would be the whole path.
    const isRoot = workspace.workspaceFolders?.some(({ uri }) => uri.fsPath === path.resolve(file));
    return isRoot ? path.basename(file) : workspace.asRelativePath(file);
  }
}
