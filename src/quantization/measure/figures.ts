import type { ErrorFigure } from '../../protocol/quantization';
import type { ErrorSums } from '../graph/reductions';

/** Sums over all samples so far. */
export const noSums: ErrorSums = { signal: 0, noise: 0, product: 0, maxError: 0 };

export function addSums(a: ErrorSums, b: ErrorSums): ErrorSums {
  return {
    signal: a.signal + b.signal,
    noise: a.noise + b.noise,
    product: a.product + b.product,
    maxError: Math.max(a.maxError, b.maxError),
  };
}

/**
 * The figures of pooled energies, as metrics define them: SQNR 10 log10(Σx² / Σ(x-q)²), RMS error
 * 100 √(Σ(x-q)² / Σx²), and the cosine of x and q from Σxq = Σx² - Σx(x-q) and Σq² = Σx² - 2Σx(x-q) + Σ(x-q)².
 */
export function figureOf({ signal, noise, product, maxError }: ErrorSums): ErrorFigure {
  if (![signal, noise, product, maxError].every(Number.isFinite)) {
    return { sqnrDb: null, exact: false, rmsPercent: null, cosine: null, maxError: null };
  }
  const exact = noise === 0;
  const quantizedEnergy = signal - 2 * product + noise;
  const length = exact ? signal : Math.sqrt(signal) * Math.sqrt(Math.max(quantizedEnergy, 0));
  return {
    sqnrDb: exact || signal === 0 ? null : 10 * Math.log10(signal / noise),
    exact,
    rmsPercent: signal === 0 ? null : 100 * Math.sqrt(noise / signal),
    cosine: length > 0 ? Math.max(-1, Math.min(1, (signal - product) / length)) : null,
    maxError,
  };
}
