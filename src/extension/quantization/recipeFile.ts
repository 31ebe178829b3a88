import {
  type Disposable,
  type Event,
  EventEmitter,
  l10n,
  Range,
  RelativePattern,
  Selection,
  type TextDocument,
  TextEditorRevealType,
  type TextEditorSelectionChangeEvent,
  TextEditorSelectionChangeKind,
  Uri,
  ViewColumn,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode';
import { StudioError } from '../../protocol/failure';
import type { RecipeInfo, RecipeRule } from '../../protocol/quantizationView';
import type { CreateRecipeParams, RecipeReading, RecipeTextOutcome } from '../../protocol/recipe';
import type { QuantizationDoor } from './quantizationDoor';
import { modelName } from './session';
import { spliceBetween } from './textSplice';

/** How a recipe's file is named after its model. */
export const recipeEnding = '.quant.yaml';

const nothing: RecipeReading = { rules: [], problem: null };

/**
 * The recipe of one model: `NAME.quant.yaml` in the workspace, if there is one. It reads what the editor shows, saved
 * or not, and every change is an edit of that text, so that undo works.
 */
export class RecipeFile implements Disposable {
  /** The text, or whether there is a file at all, has changed. */
  readonly onDidChange: Event<void>;
  /** A person put the caret on a rule; the event is its pattern. */
  readonly onDidPointAt: Event<string>;
  readonly #name: string;
  readonly #door: QuantizationDoor;
  readonly #changed = new EventEmitter<void>();
  readonly #pointed = new EventEmitter<string>();
  readonly #subscriptions: Disposable[];
  #uri: Uri | undefined;
  #text: string | undefined;
  #measuredText: string | undefined;
  #reading = nothing;
  #last: Promise<void> = Promise.resolve();

  constructor(modelPath: string, door: QuantizationDoor) {
    this.#name = modelName(modelPath) + recipeEnding;
    this.#door = door;
    this.onDidChange = this.#changed.event;
    this.onDidPointAt = this.#pointed.event;
    const watcher = workspace.createFileSystemWatcher(`**/*${recipeEnding}`);
    const look = () => void this.look();
    this.#subscriptions = [
      watcher,
      watcher.onDidCreate(look),
      watcher.onDidChange(look),
      watcher.onDidDelete(look),
      workspace.onDidChangeTextDocument(({ document }) => this.#isOurs(document) && look()),
      window.onDidChangeTextEditorSelection(event => this.#onSelection(event)),
    ];
  }

  get uri(): Uri | undefined {
    return this.#uri;
  }

  /** Null where the model has no recipe yet. */
  get info(): RecipeInfo | null {
    if (!this.#uri) return null;
    const { rules, problem } = this.#reading;
    return {
      name: workspace.asRelativePath(this.#uri),
      rules: rules.map(({ match, scheme }) => ({ match, scheme })),
      problem,
      stale: this.#text !== this.#measuredText,
    };
  }

  /** Looks at file and text again; resolves when both are known. */
  look(): Promise<void> {
    this.#last = this.#last.then(() => this.#look()).catch(() => undefined);
    return this.#last;
  }

  /** Saves the recipe and notes what is measured. Undefined where there is none that can be used. */
  async saveForMeasurement(): Promise<string | undefined> {
    await this.look();
    this.#measuredText = this.#text;
    return this.save();
  }

  /** Saves the recipe as the editor shows it. Undefined where there is none that can be used. */
  async save(): Promise<string | undefined> {
    await this.look();
    if (!this.#uri || this.#reading.problem !== null) return undefined;
    const document = await workspace.openTextDocument(this.#uri);
    if (document.isDirty) await document.save();
    return this.#uri.fsPath;
  }

  /** Says why the recipe cannot be used although its text is right, until the text changes. */
  refuse(problem: string): void {
    this.#reading = { ...this.#reading, problem };
    this.#changed.fire();
  }

  /**
   * Makes the recipe's file where the person wants it. Undefined where the person does not.
   * @param first what it begins with: a text, or what one is made from
   * @throws {StudioError}
   */
  async create(first: string | CreateRecipeParams): Promise<Uri | undefined> {
    const root = workspace.workspaceFolders?.[0]?.uri;
    const uri = await window.showSaveDialog({
      title: l10n.t('Where to Keep the Recipe'),
      saveLabel: l10n.t('Create Recipe'),
      filters: { [l10n.t('Quantization recipe')]: ['yaml'] },
      ...(root && { defaultUri: Uri.joinPath(root, this.#name) }),
    });
    if (!uri) return undefined;
    const text = typeof first === 'string' ? first : textOf(await this.#door.createRecipe(first));
    const edit = new WorkspaceEdit();
    edit.createFile(uri, { overwrite: true, contents: new TextEncoder().encode(text) });
    if (!(await workspace.applyEdit(edit))) throw notEdited();
    this.#uri = uri;
    await this.look();
    return uri;
  }

  /**
   * Puts a rule in or takes it out, as one edit that can be undone, and shows the text beside the panel.
   * @throws {StudioError} where the text cannot be edited
   */
  async change(change: 'add' | 'remove', rule: RecipeRule): Promise<void> {
    if (!this.#uri) return;
    const document = await workspace.openTextDocument(this.#uri);
    const before = document.getText();
    const after = textOf(await this.#door.changeRecipe({ text: before, change, rule }));
    const splice = spliceBetween(before, after);
    const range = new Range(document.positionAt(splice.start), document.positionAt(splice.end));
    const edit = new WorkspaceEdit();
    edit.replace(document.uri, range, splice.text);
    if (!(await workspace.applyEdit(edit))) throw notEdited();
    await this.look();
    if (change === 'add') await this.reveal(rule, true);
    else await this.show(true);
  }

  /** Shows the text with a rule selected, the last of its kind; without the rule where it has none any more. */
  async reveal(rule: RecipeRule, preserveFocus: boolean): Promise<void> {
    await this.look();
    const editor = await this.show(preserveFocus);
    const place = this.#reading.rules.findLast(
      ({ match, scheme }) => match === rule.match && scheme === rule.scheme,
    );
    if (!editor || !place) return;
    const { document } = editor;
    const range = new Range(document.positionAt(place.start), document.positionAt(place.end));
    editor.selection = new Selection(range.start, range.end);
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
  }

  async show(preserveFocus: boolean) {
    if (!this.#uri) return undefined;
    const open = window.visibleTextEditors.find(({ document }) => this.#isOurs(document));
    return window.showTextDocument(this.#uri, {
      viewColumn: open?.viewColumn ?? ViewColumn.Beside,
      preserveFocus,
      preview: false,
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
    this.#pointed.dispose();
  }

  async #look(): Promise<void> {
    if (!this.#uri || !(await exists(this.#uri))) this.#uri = await this.#find();
    const text = this.#uri && (await workspace.openTextDocument(this.#uri)).getText();
    if (text === this.#text) return;
    this.#text = text;
    this.#reading = text === undefined ? nothing : await this.#door.readRecipe(text);
    this.#changed.fire();
  }

  /** The one nearest to the root of the workspace. */
  async #find(): Promise<Uri | undefined> {
    const folders = workspace.workspaceFolders ?? [];
    const pattern = `**/${this.#name.replace(/[[\]{}*?]/g, '?')}`;
    const found = await Promise.all(
      folders.map(folder =>
        workspace.findFiles(new RelativePattern(folder, pattern), '**/node_modules/**', 20),
      ),
    );
    return found.flat().sort((a, b) => a.path.length - b.path.length)[0];
  }

  #isOurs(document: TextDocument): boolean {
    return document.uri.toString() === this.#uri?.toString();
  }

  /** Only what a person did: the panel's own selecting would otherwise come back to it. */
  #onSelection({ textEditor, kind, selections }: TextEditorSelectionChangeEvent): void {
    if (kind === undefined || kind === TextEditorSelectionChangeKind.Command) return;
    const [selection] = selections;
    if (!selection || !this.#isOurs(textEditor.document)) return;
    const offset = textEditor.document.offsetAt(selection.active);
    const rule = this.#reading.rules.find(({ start, end }) => start <= offset && offset <= end);
    if (rule) this.#pointed.fire(rule.match);
  }
}

function textOf(outcome: RecipeTextOutcome): string {
  if (outcome.ok) return outcome.text;
  throw new StudioError(outcome.failure.kind, outcome.failure.message);
}

function notEdited(): StudioError {
  return new StudioError(
    'internal',
    l10n.t('The editor refused to change the recipe: is its file read-only?'),
  );
}

async function exists(uri: Uri): Promise<boolean> {
  return workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
