/** When a host counts as lost. Counted in ticks, not in wall time: after the machine slept, one tick has passed. */
export interface HostLimits {
  memoryLimitMiB: number;
  tickMs: number;
  /** Ticks without a heartbeat. The beating thread is not blocked by a graph run, only by the process or system. */
  missedBeats: number;
  /** Ticks of a request without an event or an answer: longer than any single graph run should take. */
  stalledTicks: number;
  /** How long a cancelled request may go on before its host is ended. */
  cancelGraceMs: number;
}

export const defaultLimits: Omit<HostLimits, 'memoryLimitMiB'> = {
  tickMs: 1000,
  missedBeats: 20,
  stalledTicks: 300,
  cancelGraceMs: 2000,
};
