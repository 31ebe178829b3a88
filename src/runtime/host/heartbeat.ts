import { Worker } from 'node:worker_threads';
import { heartbeatFd } from '../../protocol/host';

const beatEveryMs = 500;

/**
 * Plain JavaScript, since the host is one bundled file and running that file again in a thread would load the native
 * libraries there too. It writes to a pipe of its own: a thread cannot send over the IPC channel of the process. When
 * nobody reads the pipe any more the runtime is dead, and a host whose main thread sits inside a graph run would
 * never see its IPC channel close: the thread ends the process.
 */
const beat = `
const { writeSync } = require('node:fs');
const { workerData } = require('node:worker_threads');
function beat() {
  const rssMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
  try {
    writeSync(workerData.fd, JSON.stringify({ type: 'heartbeat', rssMiB }) + '\\n');
  } catch (error) {
    if (error.code !== 'EAGAIN') process.kill(process.pid, 'SIGKILL');
  }
}
beat();
setInterval(beat, workerData.everyMs);
`;

/** Tells the runtime twice a second that this process lives and how much memory it holds, whatever it computes. */
export function startHeartbeat(): void {
  new Worker(beat, {
    eval: true,
    execArgv: [],
    workerData: { fd: heartbeatFd, everyMs: beatEveryMs },
  });
}
