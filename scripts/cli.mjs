/** `npm run --silent cli -- …`: the command line of this clone, made ready first where it is not. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { prepare, runScript } from './prepare.mjs';
import { root } from './process.mjs';

await runScript(async () => {
  await prepare({ build: true });
  // npm runs scripts in the clone's folder; paths mean the folder in which they were typed.
  if (process.env['npm_lifecycle_event'] === 'cli' && process.env['INIT_CWD'])
    process.chdir(process.env['INIT_CWD']);
  const cli = path.join(root, 'dist', 'cli.js');
  process.argv = [process.execPath, cli, ...process.argv.slice(2)];
  createRequire(import.meta.url)(cli);
});
