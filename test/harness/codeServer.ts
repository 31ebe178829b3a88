/**
 * A VS Code for tests. Usage:
 *   const server = await startEditor({ vsix });   // a code-server with a fresh profile, up in about 1 s
 *   … server.url …
 *   await server.stop();                           // ends every process of it and removes the profile
 * The processes end as well when the test process dies. The log is in .cache/logs/editor-<pid of the tests>.log.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type RunningServer, type ServerOptions, startCodeServer } from '../../scripts/code-server.mjs';
import { installCodeServer } from '../../scripts/install-code-server.mjs';
import { root } from '../../scripts/process.mjs';

export const cacheDir = path.join(root, '.cache');

/** Installs code-server on first use (1 to 3 minutes) and starts it; see {@link ServerOptions}. */
export async function startEditor(options: ServerOptions = {}): Promise<RunningServer> {
  const installed = await installCodeServer(() => undefined);
  const logs = path.join(cacheDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const log = path.join(logs, `editor-${process.pid}.log`);
  return startCodeServer(installed, { onOutput: text => appendFileSync(log, text), ...options });
}
