import { type Disposable, type TextEditor, window, workspace } from 'vscode';

const notForText = new Set(['output', 'debug', 'vscode-scm']);

/** Remembers the text editor that was used last: while the prompt panel has the focus, the editor names none. */
export class EditorInsertion implements Disposable {
  #last: TextEditor | undefined = acceptable(window.activeTextEditor);
  readonly #subscription = window.onDidChangeActiveTextEditor(editor => {
    this.#last = acceptable(editor) ?? this.#last;
  });

  /** Puts text in place of the selection of the last used editor, as one edit; without one, into a new document. */
  async insert(text: string): Promise<void> {
    const editor = await this.#reopen();
    const done = await editor?.edit(edit => {
      for (const selection of editor.selections) {
        edit.replace(selection, text);
      }
    });
    if (!done) {
      await window.showTextDocument(await workspace.openTextDocument({ content: text }));
    }
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** An editor behind another tab cannot be edited; its document is shown again, where its cursor stood. */
  async #reopen(): Promise<TextEditor | undefined> {
    const editor = this.#last;
    if (!editor || editor.document.isClosed) {
      return undefined;
    }
    if (window.visibleTextEditors.includes(editor)) {
      return editor;
    }
    const { viewColumn, selection } = editor;
    return window.showTextDocument(editor.document, { ...(viewColumn && { viewColumn }), selection });
  }
}

function acceptable(editor: TextEditor | undefined): TextEditor | undefined {
  return editor && !notForText.has(editor.document.uri.scheme) ? editor : undefined;
}
