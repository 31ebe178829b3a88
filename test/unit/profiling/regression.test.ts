import { describe, expect, it } from 'vitest';
import {
  checkComparable,
  comparisons,
  experimentOf,
  regressionsOf,
  regressionWords,
} from '../../../src/profiling/regression';
import type { RunRecord } from '../../../src/protocol/runRecord';
import { runRecord } from './runs';

/** The same run with medians multiplied. */
function scaled(factor: number): RunRecord {
  const record = runRecord();
  return { ...record, summaries: record.summaries.map(each => ({ ...each, median: each.median * factor })) };
}

describe('a gate', () => {
  it('knows which way is worse', () => {
    // Less throughput is worse, less time is better.
    expect(regressionsOf(scaled(0.8), runRecord(), 0.1).map(({ metric }) => metric)).toEqual([
      'decodeTokensPerSecond',
      'prefillTokensPerSecond',
    ]);
    expect(regressionsOf(scaled(1.2), runRecord(), 0.1).map(({ metric }) => metric)).toEqual(['ttftMs']);
    expect(regressionsOf(scaled(0.95), runRecord(), 0.1)).toEqual([]);
    expect(comparisons(runRecord(), runRecord()).map(({ worse }) => worse)).toEqual([0, 0, 0]);
  });

  it('says what, where and by how much', () => {
    const words = regressionsOf(scaled(0.75), runRecord(), 0.1).map(regressionWords);
    expect(words).toEqual([
      'decode: 150.0 tok/s, was 200.0 (25.0 % worse)',
      'prefill at a context of 128 tokens: 3000.0 tok/s, was 4000.0 (25.0 % worse)',
    ]);
  });

  it('compares what both have', () => {
    const without = { ...runRecord(), summaries: runRecord().summaries.slice(0, 1) };
    expect(comparisons(runRecord(), without).map(({ metric }) => metric)).toEqual(['decodeTokensPerSecond']);
  });
});

describe('a baseline', () => {
  const { provenance, settings } = runRecord();
  const of = (more: Partial<RunRecord['provenance']>) =>
    runRecord({ provenance: { ...provenance, ...more } });

  it('is of the same experiment, whatever the name of the machine and the version of its system', () => {
    const device = { ...provenance.device, name: 'b', os: 'linux 6.9', memoryBytes: 1 };
    expect(() => checkComparable(experimentOf(runRecord()), of({ device }))).not.toThrow();
  });

  it('is of the same model when only its card was changed, and of another one when its weights were', () => {
    const { model } = provenance;
    const card = of({ model: { ...model, sha256: 'c'.repeat(64) } });
    expect(() => checkComparable(experimentOf(runRecord()), card)).not.toThrow();
    const weights = of({ model: { ...model, graphSha256: 'c'.repeat(64) } });
    expect(() => checkComparable(experimentOf(runRecord()), weights)).toThrow('is of another model:');
  });

  it('of before graphs had a digest is compared by all files', () => {
    const { model } = provenance;
    const old = of({ model: { ...model, graphSha256: null } });
    expect(() => checkComparable(experimentOf(runRecord()), old)).not.toThrow();
    const other = of({ model: { ...model, graphSha256: null, sha256: 'c'.repeat(64) } });
    expect(() => checkComparable(experimentOf(runRecord()), other)).toThrow('is of another model:');
  });

  it('is checked by what is known', () => {
    const other = of({ threads: 7, precision: 'cpu-q4' });
    expect(() => checkComparable({ 'another precision': 'cpu-q4' }, other)).not.toThrow();
    expect(() => checkComparable({ 'another precision': 'fp32' }, other)).toThrow('another precision:');
  });

  it.each<[string, RunRecord]>([
    ['is of another model', of({ model: { ...provenance.model, graphSha256: 'c'.repeat(64) } })],
    ['is of another machine', of({ device: { ...provenance.device, processor: 'Atom' } })],
    ['is of another machine', of({ device: { ...provenance.device, cores: 64 } })],
    ['is of another target', of({ target: { id: 'local-webgpu', label: null } })],
    ['is of another precision, another number of threads', of({ precision: 'cpu-q4', threads: 2 })],
    ['is of another question', runRecord({ settings: { ...settings, question: 'Why?' } })],
    ['is not complete (cancelled)', runRecord({ status: 'cancelled' })],
    ['was imported from another program', of({ kind: 'imported' })],
  ])('that %s is refused', (why, baseline) => {
    expect(() => checkComparable(experimentOf(runRecord()), baseline)).toThrow(`The baseline ${why}`);
    expect(() => checkComparable(experimentOf(runRecord()), baseline)).toThrow(
      /: measure one with the settings of this run\.$/,
    );
  });
});
