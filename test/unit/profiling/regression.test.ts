import { describe, expect, it } from 'vitest';
import { checkComparable, experimentOf, gateRun, regressionWords } from '../../../src/profiling/regression';
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
    const failed = (factor: number) =>
      gateRun(scaled(factor), runRecord(), 0.1).failed.map(({ metric }) => metric);
    expect(failed(0.8)).toEqual(['decodeTokensPerSecond', 'prefillTokensPerSecond']);
    expect(failed(1.2)).toEqual(['ttftMs']);
    expect(failed(0.95)).toEqual([]);
    expect(gateRun(runRecord(), runRecord(), 0).compared.map(({ worse }) => worse)).toEqual([0, 0, 0]);
  });

  it('says what, where and by how much', () => {
    const { failed, sentence } = gateRun(scaled(0.75), runRecord(), 0.1);
    const words = [
      'decode: 150.0 tok/s, was 200.0 (25.0 % worse)',
      'prefill at a context of 128 tokens: 3000.0 tok/s, was 4000.0 (25.0 % worse)',
    ];
    expect(failed.map(regressionWords)).toEqual(words);
    const one = { ...runRecord(), summaries: scaled(0.8).summaries.slice(0, 1) };
    expect(gateRun(one, runRecord(), 0.1).sentence).toMatch(/^1 of 1 medians is more than 10 % worse /);
    expect(sentence).toBe(`2 of 3 medians are more than 10 % worse than the baseline: ${words.join('; ')}.`);
  });

  it('names the three worst of many', () => {
    const contexts = [128, 256, 512, 768];
    const of = (factor: number) => {
      const { summaries } = runRecord();
      const [decode] = summaries;
      if (!decode) throw new Error('no summary');
      const at = (context: number, index: number) => ({
        ...decode,
        context,
        median: 200 - factor * 20 * (index + 1),
      });
      return runRecord({ summaries: contexts.map(at) });
    };
    expect(gateRun(of(1.5), of(0), 0.1).sentence).toBe(
      '4 of 4 medians are more than 10 % worse than the baseline: decode at a context of 768 tokens: 80.0 tok/s, was 200.0 (60.0 % worse); decode at a context of 512 tokens: 110.0 tok/s, was 200.0 (45.0 % worse); decode at a context of 256 tokens: 140.0 tok/s, was 200.0 (30.0 % worse); and 1 more.',
    );
  });

  it('that holds says what came nearest to its limit', () => {
    expect(gateRun(scaled(1.04), runRecord(), 0.055).sentence).toBe(
      'None of 3 medians is more than 5.5 % worse than the baseline; nearest to that is time to first token: 52.0 ms, was 50.0 (4.0 % worse).',
    );
    expect(gateRun(scaled(1), runRecord(), 0).sentence).toMatch(/\(0\.0 % better\)\.$/);
  });

  it('compares what both have', () => {
    const without = { ...runRecord(), summaries: runRecord().summaries.slice(0, 1) };
    const { compared } = gateRun(runRecord(), without, 0.1);
    expect(compared.map(({ metric }) => metric)).toEqual(['decodeTokensPerSecond']);
  });

  it('that would compare nothing is refused', () => {
    expect(() => gateRun(runRecord(), runRecord({ summaries: [] }), 0.1)).toThrow(
      'The baseline has no median in common with the run: measure one with the settings of this run.',
    );
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
