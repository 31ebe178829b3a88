/** Child processes for the scripts: run one to its end, or keep one that can never outlive its parent. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** A failure told in one sentence; scripts print it without a stack. */
export class ScriptError extends Error {}

/**
 * Runs a command to its end, its output collected and handed on piece by piece.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onOutput?: (text: string) => void, timeoutMs?: number, shell?: boolean }} [options]
 * @returns {Promise<{ code: number | null, stdout: string, output: string, timedOut: boolean }>} code: null when it could
 *   not start or was killed; output: stdout and stderr in the order in which they came
 */
export function run(command, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: options.shell ?? false,
      // A group of its own, so that a timeout ends grandchildren too.
      detached: process.platform !== 'win32' && options.timeoutMs !== undefined,
    });
    let output = '';
    let stdout = '';
    let timedOut = false;
    /** @param {Buffer} data */
    const collect = data => {
      output += data.toString();
      options.onOutput?.(data.toString());
    };
    child.stdout?.on('data', data => {
      stdout += data.toString();
      collect(data);
    });
    child.stderr?.on('data', collect);
    const endGroup = () => killGroup(child.pid, 'SIGKILL');
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          killGroup(child.pid, 'SIGTERM');
          setTimeout(endGroup, 5000).unref();
        }, options.timeoutMs)
      : undefined;
    if (options.timeoutMs) process.once('exit', endGroup);
    /** @param {number | null} code */
    const finish = code => {
      clearTimeout(timer);
      process.removeListener('exit', endGroup);
      if (timedOut) endGroup();
      resolve({ code, stdout, output, timedOut });
    };
    child.once('error', error => {
      output += error.message;
      finish(null);
    });
    child.once('close', finish);
  });
}

/**
 * Signals a whole process group (a single process on Windows); a group that is gone is no error.
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
export function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // Already gone.
  }
}

/**
 * Runs npm, through the very npm that runs this script where there is one.
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & { node?: string }} [options] node: the Node to run npm with
 */
export function npm(args, options = {}) {
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js')) return run(options.node ?? process.execPath, [cli, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

/**
 * Starts a long-lived process under a guard: it ends when `stop` is called and also when this process dies in any
 * way, because the guard watches the pipe between them.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onOutput?: (text: string) => void, scratch?: string }} [options]
 *   scratch: a folder to remove when it has ended
 */
export function guarded(command, args, options = {}) {
  const guard = fileURLToPath(new URL('guard.mjs', import.meta.url));
  const child = spawn(process.execPath, [guard, options.scratch ?? '-', command, ...args], {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let output = '';
  /** @param {Buffer} data */
  const collect = data => {
    output = (output + data.toString()).slice(-20_000);
    options.onOutput?.(data.toString());
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  /** @type {Promise<void>} */
  const ended = new Promise(resolve => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  return {
    pid: child.pid,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
    /** The last 20,000 characters it wrote. */
    output: () => output,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
