/** Decode speed as the metrics define it, where a file gives the time from the first token to the last. */
export function decodeSpeed(generated: number | null, decodeMs: number | null): number | null {
  if (generated === null || decodeMs === null || generated < 2 || decodeMs <= 0) return null;
  const speed = (generated - 1) / (decodeMs / 1000);
  return Number.isFinite(speed) ? speed : null;
}

/** The last part of a path of either kind of system. */
export function baseName(path: string | null): string | null {
  return path?.split(/[/\\]/).at(-1) || null;
}

/** `1 run`, `2 runs`. */
export function runCount(runs: number): string {
  return runs === 1 ? '1 run' : `${runs} runs`;
}

/** Microseconds that a cycle takes, on the mean; null where there is not one whole cycle to tell it from. */
export function usPerCycle(us: number | null, cycles: number | null): number | null {
  return us === null || cycles === null || cycles < 1 ? null : us / cycles;
}
