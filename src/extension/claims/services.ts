import type { LogOutputChannel, Uri } from 'vscode';
import type { ModelShelf } from '../models/shelf';
import type { RunStore } from '../profiling/runStore';
import type { RuntimeDoor } from '../runtimeDoor';
import type { ClaimsClient } from './claimsClient';
import type { ClaimsSessionStore } from './sessionStore';

/** What a comparison with the paper works with. */
export interface ClaimsServices {
  extensionUri: Uri;
  runtime: RuntimeDoor;
  client: ClaimsClient;
  models: ModelShelf;
  /** The folders that results are kept in and listed from. */
  runs: RunStore;
  sessions: ClaimsSessionStore;
  log: LogOutputChannel;
}
