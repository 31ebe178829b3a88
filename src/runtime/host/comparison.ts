import { findTarget } from '../../devices/local';
import { compareAnswers } from '../../engine/compareAnswers';
import type { CompareEvent, CompareResult } from '../../protocol/compare';
import type { ToHost } from '../../protocol/host';

/** @throws {StudioError} whatever keeps one of the two from being opened or from answering */
export async function compare(
  { a, b, input, cacheDir, threads }: Extract<ToHost, { type: 'compare' }>,
  onEvent: (event: CompareEvent) => void,
  signal: AbortSignal,
): Promise<CompareResult> {
  const choices = { a, b };
  return compareAnswers(
    (side, onProgress) => {
      const { target, bundleDir, precision } = choices[side];
      const options = { precision, cacheDir, threads, signal, onProgress };
      return findTarget(target).open(bundleDir, options);
    },
    input,
    onEvent,
    signal,
  );
}
