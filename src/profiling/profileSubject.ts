import type { ProfilingTarget } from '../engine/measuredModel';
import type { Precision } from '../protocol/prompt';

/** What is profiled, and how it is opened. */
export interface ProfileSubject {
  readonly target: ProfilingTarget;
  readonly bundleDir: string;
  readonly precision: Precision;
  /** Folder for derived graphs. */
  readonly cacheDir: string;
  /** Threads inside one operator; 0 = chosen by the engine. */
  readonly threads: number;
  /** Name and version of the program, for the record. */
  readonly program: string;
}
