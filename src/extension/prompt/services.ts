import type { LogOutputChannel, Uri } from 'vscode';
import type { ModelShelf } from '../models/shelf';
import type { RuntimeDoor } from '../runtimeDoor';
import type { EditorInsertion } from './editorInsertion';
import type { StagedPictures } from './staging';
import type { SessionStore } from './store';

/** What a prompt panel works with. */
export interface PromptServices {
  extensionUri: Uri;
  runtime: RuntimeDoor;
  models: ModelShelf;
  staged: StagedPictures;
  store: SessionStore;
  insertion: EditorInsertion;
  log: LogOutputChannel;
}
