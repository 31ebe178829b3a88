import type { Failure } from '../protocol/failure';
import type { HostLimits } from './hostLimits';

/** What a host was doing, in the words of the person who asked for it. */
interface HostWords {
  /** The process, at the beginning of a sentence. */
  host: string;
  again: string;
  cancelled: string;
  /** What needs less memory. */
  lighter: string;
}

/** Every sentence that the runtime itself puts before a person about one kind of host. */
export class HostFailures {
  readonly cancelled: Failure;
  readonly notUnderstood: Failure;
  readonly stopped: Failure;

  constructor(private readonly words: HostWords) {
    const { host, again, cancelled } = words;
    this.cancelled = { kind: 'cancelled', message: cancelled };
    this.notUnderstood = this.hostDied(`sent what the runtime does not understand and was ended; ${again}`);
    this.stopped = { kind: 'host-died', message: `${host} was stopped; ${again}.` };
  }

  /** How a host ended by itself, in words. */
  died(code: number | null, signal: NodeJS.Signals | null): Failure {
    const how = signal === null ? `stopped with exit code ${code}` : `was ended by signal ${signal}`;
    return this.hostDied(`${how}; ${this.words.again}`);
  }

  notStarted(reason: string): Failure {
    return this.hostDied(`could not be started (${reason}); ${this.words.again}`);
  }

  outOfMemory(rssMiB: number, limitMiB: number): Failure {
    const used = rssMiB.toLocaleString('en');
    const limit = limitMiB.toLocaleString('en');
    return {
      kind: 'host-out-of-memory',
      message:
        `${this.words.host} used ${used} MiB of memory, more than the limit of ${limit} MiB, and was ended; ` +
        `raise "autoneural.memoryLimitMiB" or ${this.words.lighter}.`,
    };
  }

  unresponsive({ missedBeats, tickMs }: HostLimits): Failure {
    const seconds = Math.round((missedBeats * tickMs) / 1000);
    return this.hostDied(`gave no sign of life for ${seconds} s and was ended; ${this.words.again}`);
  }

  stalled({ stalledTicks, tickMs }: HostLimits): Failure {
    const seconds = Math.round((stalledTicks * tickMs) / 1000);
    return this.hostDied(`made no progress for ${seconds} s and was ended; ${this.words.again}`);
  }

  keepsDying(deaths: number): Failure {
    return this.hostDied(
      `ended ${deaths} times within 3 minutes and is not started again by itself; press Restart to try once more`,
    );
  }

  private hostDied(what: string): Failure {
    return { kind: 'host-died', message: `${this.words.host} ${what}.` };
  }
}

export const answerFailures = new HostFailures({
  host: 'The model host',
  again: 'ask again to start a new one',
  cancelled: 'The answer was stopped.',
  lighter: 'choose a smaller model or picture',
});

export const measurementFailures = new HostFailures({
  host: 'The process of the measurement',
  again: 'measure again to start a new one',
  cancelled: 'The measurement was stopped.',
  lighter: 'measure a smaller model or fewer samples',
});

export const comparisonFailures = new HostFailures({
  host: 'The model host of the comparison',
  again: 'compare again to start a new one',
  cancelled: 'The comparison was stopped.',
  lighter: 'compare smaller models',
});

export const profileFailures = new HostFailures({
  host: 'The model host of the profile',
  again: 'profile again to start a new one',
  cancelled: 'The profile was stopped.',
  lighter: 'profile a smaller model or shorter contexts',
});

export const claimsFailures = new HostFailures({
  host: 'The model host of the comparison',
  again: 'compare again to start a new one',
  cancelled: 'The comparison was stopped.',
  lighter: 'compare smaller models or pictures',
});

export function unexpected(error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'internal',
    message: `The runtime failed unexpectedly (${reason}); ask again or restart it.`,
  };
}
