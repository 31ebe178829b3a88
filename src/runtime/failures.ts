import type { Failure } from '../protocol/failure';
import type { HostLimits } from './hostLimits';

/** Every sentence that the runtime itself puts before a person. */

const askAgain = 'ask again to start a new one';

export const cancelled: Failure = { kind: 'cancelled', message: 'The answer was stopped.' };

/** How a host ended by itself, in words. */
export function died(code: number | null, signal: NodeJS.Signals | null): Failure {
  const how = signal === null ? `stopped with exit code ${code}` : `was ended by signal ${signal}`;
  return { kind: 'host-died', message: `The model host ${how}; ${askAgain}.` };
}

export function notStarted(reason: string): Failure {
  return { kind: 'host-died', message: `The model host could not be started (${reason}); ${askAgain}.` };
}

export function outOfMemory(rssMiB: number, limitMiB: number): Failure {
  const used = rssMiB.toLocaleString('en');
  const limit = limitMiB.toLocaleString('en');
  return {
    kind: 'host-out-of-memory',
    message:
      `The model host used ${used} MiB of memory, more than the limit of ${limit} MiB, and was ended; ` +
      'raise "autoneural.memoryLimitMiB" or choose a smaller model or picture.',
  };
}

export function unresponsive({ missedBeats, tickMs }: HostLimits): Failure {
  const seconds = Math.round((missedBeats * tickMs) / 1000);
  return {
    kind: 'host-died',
    message: `The model host gave no sign of life for ${seconds} s and was ended; ${askAgain}.`,
  };
}

export function stalled({ stalledTicks, tickMs }: HostLimits): Failure {
  const seconds = Math.round((stalledTicks * tickMs) / 1000);
  return {
    kind: 'host-died',
    message: `The model host made no progress for ${seconds} s and was ended; ${askAgain}.`,
  };
}

export const notUnderstood: Failure = {
  kind: 'host-died',
  message: `The model host sent what the runtime does not understand and was ended; ${askAgain}.`,
};

export const stopped: Failure = {
  kind: 'host-died',
  message: `The model host was stopped; ${askAgain}.`,
};

export function keepsDying(deaths: number): Failure {
  return {
    kind: 'host-died',
    message: `The model host ended ${deaths} times within 3 minutes and is not started again by itself; press Restart to try once more.`,
  };
}

export function unexpected(error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'internal',
    message: `The runtime failed unexpectedly (${reason}); ask again or restart it.`,
  };
}
