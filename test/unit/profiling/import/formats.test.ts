import { describe, expect, it } from 'vitest';
import { importRun } from '../../../../src/profiling/import/importRun';
import { bytesOf, figureOf, imported, medianOf, onlyRecord, text } from './foreign';

describe('events of QNN', () => {
  it('keep the first run apart, and every boundary by itself', () => {
    const record = onlyRecord('qnn-events.csv');
    expect(figureOf(record, 'Accelerator (execute) time')).toMatchObject({
      unit: 'ms',
      cold: 1.8,
      values: [1, 1.1],
    });
    expect(figureOf(record, 'QNN (execute) time')).toMatchObject({ cold: 3.01, values: [1.6, 1.62], n: 2 });
    expect(figureOf(record, 'Number of HVX threads used')).toMatchObject({ unit: 'count', cold: 4 });
    expect(record.loads).toEqual([{ kind: 'cold', ms: 9.12, derived: false, rssBytes: null }]);
    expect(record.summaries).toEqual([]);
  });

  it('estimate times of operators at the clock of each run, and say so', () => {
    const { operatorPass, notes } = onlyRecord('qnn-events.csv');
    // 12,000 cycles took 1,000 us in one run and 1,100 us in the other.
    const conv = { layer: '/conv/Conv', calls: 2, cycles: 8100, estimated: true, provider: 'QNN HTP' };
    expect(operatorPass?.operators[1]).toMatchObject(conv);
    expect(operatorPass?.operators[1]?.timeUs).toBeCloseTo((4000 * 1000 + 4100 * 1100) / 12000, 6);
    expect(operatorPass?.operators.map(one => one.layer)).toEqual([
      'Input OpId_2',
      '/conv/Conv',
      'bias, fused',
      '/act/Mul',
    ]);
    expect(operatorPass?.operators[2]).toMatchObject({ cycles: 0, timeUs: 0 });
    expect(notes.join(' ')).toMatch(/estimated/);
  });

  it('without a clock stay cycles', () => {
    const record = onlyRecord('qnn-viewer.csv');
    expect(record.operatorPass?.operators).toEqual([
      expect.objectContaining({ layer: 'conv, first', cycles: 1000, timeUs: null, estimated: false }),
    ]);
    expect(figureOf(record, 'NetRun IPS (execute ips)')).toMatchObject({ unit: '1/s', cold: 214.8888 });
    expect(record.loads[0]).toMatchObject({ ms: 88, derived: true });
  });

  it('with less than one cycle tell no clock', () => {
    const tiny = bytesOf('qnn-events.json').toString('utf8').replace('"value": 9000', '"value": 1e-320');
    const [record] = importRun('x.json', text(tiny)).records;
    expect(record?.operatorPass?.operators[0]).toMatchObject({
      cycles: 4500,
      timeUs: null,
      estimated: false,
    });
  });

  it('as JSON tell the same as their CSV would', () => {
    const record = onlyRecord('qnn-events.json');
    expect(record.provenance.program).toBe('qnn-net-run v2.49.0.260730134355');
    expect(record.operatorPass?.operators.map(({ layer, timeUs }) => [layer, timeUs])).toEqual([
      ['fc', 450],
      ['act', 180],
    ]);
    expect(figureOf(record, 'QNN (deinit) time').values).toEqual([19]);
  });

  it('with the name of an operator in commas, quoted or not, keep it whole', () => {
    const header =
      'Msg Timestamp,Message,Time,Unit of Measurement,Timing Source,Event Level,Event Identifier';
    const row = (name: string) => `0,NODE,5,CYCLES,BACKEND,SUB-EVENT,${name}`;
    const file = text(
      [header, row('a,b,c:OpId_1 (cycles)'), row('"d,""e""":OpId_2'), row('"f,""g"""')].join('\n'),
    );
    const operators = importRun('x.csv', file).records[0]?.operatorPass?.operators;
    expect(operators?.map(({ layer }) => layer)).toEqual(['a,b,c', '"d,""e"""', 'f,"g"']);
  });

  it.each([
    [
      '0,EXECUTE,fast,US,BACKEND,ROOT,QNN (execute) time',
      /gives "fast" as the time of event 1 \(QNN \(execute\) time\)/,
    ],
    ['0,EXECUTE,-3,US,BACKEND,ROOT,x', /gives "-3" as the time/],
    ['0,EXECUTE,1e20,US,BACKEND,ROOT,x', /gives "1e20" as the time/],
    ['0,EXECUTE,3,US,BACK', /breaks off in event 1/],
  ])('refuse %s', (row, sentence) => {
    const [header] = bytesOf('qnn-events.csv').toString('utf8').split('\n');
    expect(() => importRun('x.csv', text(`${header}\n${row}\n`))).toThrow(sentence);
  });
});

describe('the HTP', () => {
  it('sums an optrace over its overview, without what is not executed and what is repeated by operator', () => {
    const record = onlyRecord('htp-trace.json');
    expect(
      record.operatorPass?.operators.map(({ layer, cycles, timeUs }) => [layer, cycles, timeUs]),
    ).toEqual([
      ['conv1', 490, null],
      ['softmax', 500, null],
    ]);
    expect(figureOf(record, 'timeline').values).toEqual([790]);
    expect(figureOf(record, 'busy: HMX').values).toEqual([400]);
    expect(record.figures?.some(({ name }) => /Non Executed/.test(name))).toBe(false);
  });

  it('gives times of operators in its summary, estimated', () => {
    const record = onlyRecord('htp-summary.json');
    expect(record.operatorPass?.operators[0]).toMatchObject({ op: 'Conv2d', timeUs: 1500, estimated: true });
    expect(figureOf(record, 'graph_execute')).toMatchObject({ unit: 'ms', values: [2.4] });
    expect(figureOf(record, 'total_vtcm_write')).toMatchObject({ unit: 'bytes', values: [8_000_000] });
    expect(record.provenance.model.name).toBe('encoder_w8a16');
  });
});

describe('Genie', () => {
  it('keeps the first query apart and counts decode speed without the first token', () => {
    const record = onlyRecord('genie-profile.json');
    expect(medianOf(record, 'ttftMs')).toBe(510);
    expect(medianOf(record, 'decodeTokensPerSecond')).toBeCloseTo((100 / 2 + 100 / 2.1) / 2, 9);
    expect(figureOf(record, 'token-generation-rate').cold).toBe(40.4);
    expect(record.repetitions.map(({ phase, startedAtMs }) => [phase, startedAtMs])).toEqual([
      ['cold', 0],
      ['measured', 3700],
      ['measured', 6700],
    ]);
    expect(record.loads[0]?.ms).toBe(1190);
  });

  it('honours the unit of a time, and does not guess one', () => {
    const change = (unit: string) =>
      text(bytesOf('genie-profile.json').toString('utf8').replaceAll('"unit": "us"', `"unit": "${unit}"`));
    expect(medianOf(importRun('g.json', change('ms')).records[0], 'ttftMs')).toBe(510_000);
    for (const unit of ['fortnights', 'constructor', '__proto__'])
      expect(medianOf(importRun('g.json', change(unit)).records[0], 'ttftMs')).toBeUndefined();
  });

  it('has no summary of a profile with one query, and says why', () => {
    const profile = JSON.parse(bytesOf('genie-profile.json').toString('utf8'));
    profile.components[0].events.splice(2, 2);
    const [record] = importRun('g.json', text(JSON.stringify(profile))).records;
    expect(record?.summaries).toEqual([]);
    expect(figureOf(record, 'time-to-first-token')).toMatchObject({ cold: 600, values: [], median: null });
    expect(record?.unmeasured.find(({ what }) => what === 'ttftMs')?.reason).toMatch(
      /only the first call after loading/,
    );
  });
});

describe('geniex-bench', () => {
  it('gives TTFT with its parts, the encoder by itself', () => {
    const record = onlyRecord('geniex-bench.json');
    expect(medianOf(record, 'ttftMs')).toBe(100);
    expect(medianOf(record, 'encodeMs')).toBe(44.5);
    expect(medianOf(record, 'prefillMs')).toBe(54.5);
    expect(medianOf(record, 'decodeTokensPerSecond')).toBeCloseTo(127 / 2.92, 9);
    expect(record.provenance).toMatchObject({
      model: { name: 'weights.nexa' },
      target: { id: 'HTP0', label: 'qairt npu' },
      versions: { qairt: '2.48.40' },
      threads: null,
    });
    expect(record.summaries[0]).toMatchObject({ n: 3, warmUps: 1 });
    expect(record.notes.join(' ')).toMatch(/padding to 128/);
  });

  it('gives a run for every line of its output, with medians of unknown n', () => {
    const { records } = imported('geniex-bench.txt');
    expect(records.map(({ name }) => name)).toEqual([
      'geniex-bench.txt: small-cpu',
      'geniex-bench.txt: small-npu',
    ]);
    expect(records[1]?.summaries[0]).toMatchObject({ metric: 'ttftMs', median: 120, n: null, p10: null });
    expect(medianOf(records[1], 'decodeTokensPerSecond')).toBeCloseTo((31 * 127) / 128, 9);
  });
});

describe('AI Hub', () => {
  it('tells where each layer ran, cold and warm loads, and memory as an estimate', () => {
    const record = onlyRecord('ai-hub-profile.json');
    expect(
      record.operatorPass?.operators.map(({ layer, provider, timeUs }) => [layer, provider, timeUs]),
    ).toEqual([
      ['conv1', 'NPU', 9000],
      ['softmax', 'CPU', 4000],
      ['reshape', 'NPU', null],
    ]);
    expect(record.loads.map(({ kind, ms }) => [kind, ms])).toEqual([
      ['cold', 1250],
      ['warm', 310],
    ]);
    expect(figureOf(record, 'all_inference_times')).toMatchObject({ median: 16, n: 5, unit: 'ms' });
    expect(record.peakRssBytes).toBeNull();
    expect(figureOf(record, 'inference_memory_peak_range')).toMatchObject({
      min: 30_000_000,
      max: 38_809_600,
    });
  });
});

describe('llama-bench', () => {
  it('gives a run for every setting, with medians of the repetitions', () => {
    for (const name of ['llama-bench.json', 'llama-bench.jsonl'] as const) {
      const { records } = imported(name);
      expect(records.map(record => record.name)).toEqual([`${name}: n_threads 2`, `${name}: n_threads 4`]);
      const [two] = records;
      expect(two?.provenance).toMatchObject({
        date: '2026-11-20T10:11:12.000Z',
        threads: 2,
        model: { name: 'LFM2-350M-Q4_0.gguf', parameters: 354_483_968 },
        versions: { 'llama.cpp': '5163 (8cf427ff)' },
      });
      expect(medianOf(two, 'prefillTokensPerSecond', 512)).toBe(162);
      expect(medianOf(two, 'decodeTokensPerSecond', 0)).toBe(31);
      expect(medianOf(two, 'decodeTokensPerSecond', 512)).toBe(28);
      expect(figureOf(two, 'tg128 @ d512')).toMatchObject({ values: [27, 28, 29.5], context: 512, n: 3 });
    }
  });

  it('as CSV or table has means, which are no summaries', () => {
    for (const name of ['llama-bench.csv', 'llama-bench.md'] as const) {
      const [record] = imported(name).records;
      expect(record?.summaries).toEqual([]);
      const { mean, stdev, median, n } = figureOf(record, 'pp512');
      expect([mean, stdev, median, n]).toEqual([162, 2, null, null]);
      expect(record?.provenance.threads).toBe(2);
      const reason = record?.unmeasured.find(({ what }) => what === 'decodeTokensPerSecond')?.reason;
      expect(reason).toMatch(/gives a mean/);
    }
  });

  it('takes only what meets the definition of a metric for one', () => {
    const tests = JSON.parse(bytesOf('llama-bench.json').toString('utf8')).slice(0, 1);
    const read = (change: object) =>
      importRun('x.json', text(JSON.stringify([{ ...tests[0], ...change }]))).records[0];
    expect(read({})?.summaries).toHaveLength(1);
    // Tokens read on top of a filled cache, and reading and writing in one figure.
    for (const change of [{ n_depth: 1024 }, { n_gen: 128 }]) {
      const record = read(change);
      expect(record?.summaries).toEqual([]);
      expect(record?.figures?.[0]).toMatchObject({ median: 162, n: 3 });
    }
  });

  it('reads old and new names of tests in a table', () => {
    const { records } = imported('llama-bench.md');
    expect(records.flatMap(({ figures }) => figures?.map(({ name }) => name))).toEqual([
      'pp512',
      'tg128',
      'tg128 @ d512',
      'pp512+tg128',
    ]);
    expect(records[0]?.provenance.versions).toEqual({ 'llama.cpp': '5163 (8cf427ff)' });
  });
});
