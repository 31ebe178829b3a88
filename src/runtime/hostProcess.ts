import { type ChildProcess, fork } from 'node:child_process';
import { Readable } from 'node:stream';
import { heartbeatFd } from '../protocol/host';

/** What a host needs of the environment to find its libraries, folders and language; no token travels further. */
const inherited = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'SystemRoot',
  'windir',
  // The editor's own binary becomes Node through these.
  'ELECTRON_RUN_AS_NODE',
  'ELECTRON_NO_ASAR',
];

/** How much of a host's output reaches the log: a native library in a loop must not fill the disk. */
const loggedCharacters = 64 * 1024;

/** Forks a model host. What it prints goes to `log`, up to a bound. */
export function forkHost(
  script: string,
  { heapLimitMiB, log }: { heapLimitMiB: number; log: (text: string) => void },
): ChildProcess {
  const env = Object.fromEntries(inherited.flatMap(name => entry(name, process.env[name])));
  const child = fork(script, [], {
    env: { ...env, ORT_DISABLE_TELEMETRY: '1' },
    execArgv: [`--max-old-space-size=${heapLimitMiB}`],
    serialization: 'advanced',
    // 3 is the IPC channel, 4 the heartbeat.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  const bounded = boundedLog(child.pid, log);
  onText(child.stdout, bounded);
  onText(child.stderr, bounded);
  return child;
}

/** Calls back with each line of the host's heartbeat pipe; a "line" without an end is handed over at 1 KiB. */
export function onHeartbeatLine(child: ChildProcess, listen: (line: string) => void): void {
  let rest = '';
  onText(child.stdio?.[heartbeatFd], text => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > 1024) lines.push(rest);
    for (const line of lines) listen(line);
  });
}

/**
 * A pipe that breaks is no event of its own: the death of its process is. Nor is one that is missing, as all are when
 * the system has no file descriptor left to start the process with: 'error' follows.
 */
function onText(stream: unknown, listen: (text: string) => void): void {
  if (!(stream instanceof Readable)) return;
  stream.setEncoding('utf8');
  stream.on('error', () => undefined);
  stream.on('data', listen);
}

function boundedLog(pid: number | undefined, log: (text: string) => void): (text: string) => void {
  let left = loggedCharacters;
  return text => {
    if (left <= 0) return;
    log(`[host ${pid}] ${text.slice(0, left).trimEnd()}`);
    left -= text.length;
    if (left <= 0)
      log(`[host ${pid}] printed more than ${loggedCharacters} characters; the rest is left out`);
  };
}

function entry(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}
