import type { HostState } from '../../protocol/runtime';
import type { RuntimeState } from '../runtime/client';

/** What the status bar says of the runtime, in the order of what matters most. */
export type Mood = 'answering' | 'starting' | 'stopped' | 'ready' | 'idle';

/**
 * @param host of the chosen build, if it has one
 * @param answering whether any panel waits for an answer
 */
export function moodOf(runtime: RuntimeState, host: HostState | undefined, answering: boolean): Mood {
  if (answering) {
    return host?.state === 'loading' ? 'starting' : 'answering';
  }
  if (runtime.state === 'starting') {
    return 'starting';
  }
  if (host?.state === 'died' || (runtime.state === 'stopped' && runtime.message !== undefined)) {
    return 'stopped';
  }
  return runtime.state === 'ready' ? 'ready' : 'idle';
}
