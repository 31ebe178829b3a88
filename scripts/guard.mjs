/**
 * `node guard.mjs SCRATCH COMMAND ARGS…`: runs a command in a process group of its own. When the command ends, or when
 * this process's standard input closes because the parent asks for it or is gone, however it died, the whole group is
 * ended and the scratch folder (`-` for none) is removed.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { killGroup } from './process.mjs';

const [scratch = '-', command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: process.platform !== 'win32',
});

const end = () => {
  killGroup(child.pid, 'SIGKILL');
  // The processes need a moment to let go of their files.
  setTimeout(() => {
    if (scratch !== '-') rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    process.exit();
  }, 50);
};

const ask = () => {
  child.kill('SIGTERM');
  setTimeout(end, 3000);
};

process.stdin.resume();
process.stdin.once('close', ask);
process.once('SIGTERM', ask);
child.once('error', error => {
  process.stderr.write(`${error.message}\n`);
  end();
});
// Grandchildren that outlive the command must not outlive the group.
child.once('exit', () => setTimeout(end, 100));
