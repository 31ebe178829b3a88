/** One event of QNN's profiling, whichever file it stood in. */
export interface QnnEvent {
  readonly identifier: string;
  /** In the file's own unit: microseconds, cycles, ... */
  readonly value: number;
  readonly unit: QnnUnit;
  /** An operator of the graph, or a time of the whole. */
  readonly operator: boolean;
  /** Events of one message belong together; a file without messages has one number for all. */
  readonly message: number;
}

export type QnnUnit = 'us' | 'cycles' | 'count' | 'bytes' | '1/s';

const units: Readonly<Record<string, QnnUnit>> = {
  US: 'us',
  MICROSEC: 'us',
  MICROSECONDS: 'us',
  CYCLES: 'cycles',
  COUNT: 'count',
  BYTES: 'bytes',
  'INF/SEC': '1/s',
  IPS: '1/s',
};

/** The unit that a file names; null for those that are no amount (`OBJECT`, `BACKEND`). */
export function qnnUnit(name: string): QnnUnit | null {
  return units[name.trim().toUpperCase()] ?? null;
}

/** What happens once in a process, and is no sample of a run. */
const once =
  /\((?:load binary|finalize|init|deinit|de-init|compose_graphs|lib_load)\)|^numInferences$|^duration$/i;

/** Whether an event is of loading or unloading. */
export function happensOnce({ identifier }: QnnEvent): boolean {
  return once.test(identifier);
}
