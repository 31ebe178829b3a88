import type { LogOutputChannel, Uri } from 'vscode';
import type { ModelShelf } from '../models/shelf';
import type { RuntimeDoor } from '../runtimeDoor';
import type { Baselines } from './baselines';
import type { KnownReports } from './knownReports';
import type { ProfilingClient } from './profilingClient';
import type { RunStore } from './runStore';
import type { ProfilingSessionStore } from './sessionStore';

/** What a throughput panel works with. */
export interface ProfilingServices {
  extensionUri: Uri;
  runtime: RuntimeDoor;
  client: ProfilingClient;
  models: ModelShelf;
  runs: RunStore;
  baselines: Baselines;
  sessions: ProfilingSessionStore;
  reports: KnownReports;
  log: LogOutputChannel;
}
