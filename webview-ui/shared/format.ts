/** Milliseconds with three significant figures at most: `0.42 ms`, `14.2 ms`, `278 ms`, `1.42 s`. */
export function formatMs(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  return ms < 99_950 ? `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s` : `${(ms / 1000).toFixed(0)} s`;
}

/** Tokens per second: one decimal below 100, none above. */
export function formatRate(tokensPerSecond: number): string {
  return `${tokensPerSecond.toFixed(tokensPerSecond < 99.95 ? 1 : 0)} tok/s`;
}

/** Bytes in powers of 1024: `812 B`, `1.5 KiB`, `24.0 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** `1 token`, `14 tokens`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Parameters of a model: `11.9 M parameters`. */
export function formatParameters(parameters: number): string {
  if (parameters < 1e6) return `${(parameters / 1e3).toFixed(0)} k parameters`;
  if (parameters < 1e9) return `${(parameters / 1e6).toFixed(1)} M parameters`;
  return `${(parameters / 1e9).toFixed(2)} B parameters`;
}

/** Words as a sentence lists them: `a`, `a and b`, `a, b and c`. */
export function formatList(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
