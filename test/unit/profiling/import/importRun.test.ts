import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { importRun } from '../../../../src/profiling/import/importRun';
import { runRecordSchema } from '../../../../src/protocol/runRecord';
import { bytesOf, type ForeignName, foreignFiles, imported, text } from './foreign';

const names = Object.keys(foreignFiles) as ForeignName[];

describe('importRun', () => {
  it.each(names)('tells the format of %s and labels its records imported', name => {
    const { format, records } = imported(name);
    expect(format).toBe(foreignFiles[name]);
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) {
      expect(v.parse(runRecordSchema, record)).toEqual(record);
      expect(record.provenance.kind).toBe('imported');
      expect(record.provenance.source).toEqual({ format, file: name });
    }
  });

  it.each(names)('gives a reason for everything that %s does not hold', name => {
    for (const { summaries, operatorPass, loads, provenance, unmeasured } of imported(name).records) {
      const reasons = new Map(unmeasured.map(({ what, reason }) => [what, reason]));
      for (const reason of reasons.values()) expect(reason).toMatch(/^[A-Zl].*[a-z]\.$/);
      const metrics = new Set<string>(summaries.map(({ metric }) => metric));
      for (const metric of ['ttftMs', 'prefillTokensPerSecond', 'decodeTokensPerSecond'])
        expect(reasons.has(metric)).toBe(!metrics.has(metric));
      expect(reasons.has('operatorPass')).toBe(operatorPass === null);
      expect(reasons.has('loads')).toBe(loads.length === 0);
      expect(reasons.has('model')).toBe(provenance.model.name === null);
    }
  });

  it('tells the format by content and not by name', () => {
    for (const name of names) expect(importRun('x.bin', bytesOf(name)).format).toBe(foreignFiles[name]);
  });

  it('gives the same records for the same bytes, and other ids for other bytes', () => {
    const bytes = bytesOf('llama-bench.json');
    const first = importRun('a/b\\llama.json', bytes).records;
    expect(importRun('a/b\\llama.json', bytes).records).toEqual(first);
    expect(first[0]?.provenance.source?.file).toBe('llama.json');
    expect(new Set(first.map(({ id }) => id)).size).toBe(2);
    const other = importRun('llama.json', Buffer.concat([bytes, Buffer.from('\n')])).records;
    expect(other[0]?.id).not.toBe(first[0]?.id);
  });

  it('reads what Windows PowerShell writes with >, and a byte order mark', () => {
    const plain = bytesOf('llama-bench.md').toString('utf8');
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(plain, 'utf16le')]);
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytesOf('qnn-events.csv')]);
    expect(importRun('w.md', wide).records[0]?.summaries).toEqual(
      imported('llama-bench.md').records[0]?.summaries,
    );
    expect(importRun('m.csv', marked).records[0]?.figures).toEqual(
      imported('qnn-events.csv').records[0]?.figures,
    );
  });

  it('lets no control character pass, wherever it comes from', () => {
    const hostile = '\\u0000\\u001b[31m\\u202e\\ud800\\n';
    const ort = `[{"cat":"Node","ph":"X","name":"a${hostile}_kernel_time","ts":1,"dur":2,"args":{"op_name":"b${hostile}","provider":"c${hostile}"}}]`;
    const bench = bytesOf('llama-bench.json').toString('utf8').replaceAll('LFM2', `L${hostile}`);
    const csv = bytesOf('qnn-events.csv')
      .toString('utf8')
      .replaceAll('Accelerator', 'A\u001b]0;x\u0007\u2028c');
    for (const content of [ort, bench, csv]) {
      const shown = JSON.stringify(importRun('e\u001bvil\u202e.json', text(content)).records);
      expect(JSON.parse(shown, (_, value) => checked(value))).toBeTruthy();
    }
  });
});

function checked(value: unknown): unknown {
  if (typeof value === 'string') expect(value).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u);
  return value;
}

describe('a file that cannot be imported', () => {
  const nested = `{"traceEvents":${'['.repeat(40)}${']'.repeat(40)}}`;
  it.each([
    ['', 'run.json is empty; the program that should have written it may have failed.'],
    ['  \n ', 'run.json is empty; the program that should have written it may have failed.'],
    ['a\0b', 'run.json is not text; choose the JSON, CSV or text file that the program wrote.'],
    [
      'hello',
      /^run\.json is no profile that can be imported; profiles of ONNX Runtime, QNN, Genie .* are known\.$/,
    ],
    ['{"a":1}', /is no profile that can be imported/],
    ['[]', /is no profile that can be imported/],
    ['{"a":', 'run.json ends in the middle; the program that wrote it was stopped or is still writing.'],
    ['{"a" 1}', 'run.json is not valid JSON; export it anew from the program that measured.'],
    [nested, /nests more than 24 deep/],
    ['{"format":"autoneural-run","version":1}', /is a run record of AutoNeural Studio already/],
    ['{"traceEvents":[{"ph":"X","name":"Paint"}]}', /is no profile that can be imported/],
    [
      '{"messages":[{"method":"BACKEND_EXECUTE"}]}',
      /looks like a JSON of QNN events, but holds no measurement/,
    ],
    [
      '{"header":{"artifact_type":"GENIE_PROFILE"}}',
      /looks like a profile of Genie, but components is missing/,
    ],
    ['{"execution_summary":{}}', /looks like a profile of Qualcomm AI Hub, but holds no measurement/],
    [
      '{"plugin":"qairt","runs":[{}],"schema_version":2}',
      /looks like a result of geniex-bench, but schema_version/,
    ],
    ['[{"cat":"Node","ph":"X","name":"a","ts":-1,"dur":1}]', /but 0\.ts is missing or of another kind/],
    ['[{"cat":"Node","ph":"X","name":"a","ts":1e99,"dur":1}]', /but 0\.ts is missing or of another kind/],
    ['n_prompt,n_gen,avg_ts\n1,2\n', /has 2 cells in row 1 and 3 in its header/],
    ['n_prompt,n_gen,avg_ts\n1.5,2,3\n', /gives a fraction of a token as n_prompt in row 1/],
    ['n_prompt,n_gen,avg_ts\n1,2,fast\n', /gives "fast" as avg_ts in row 1/],
    [
      '| model | test | t/s |\n| a | pp | quick |\n',
      /in row 1 of its table, where llama-bench writes a test/,
    ],
  ])('%j', (content, sentence) => {
    expect(() => importRun('run.json', text(content))).toThrow(
      expect.objectContaining({ kind: 'run-invalid', message: expect.stringMatching(sentence) }),
    );
  });

  it('that is larger than the limit is refused unread', () => {
    const huge = new Uint8Array(128 * 2 ** 20 + 1);
    expect(() => importRun('x.json', huge)).toThrow('x.json has 129 MiB, and 128 MiB can be read');
  });

  it('that would fill the memory when parsed is refused before', () => {
    const many = Buffer.from(`[${'[],'.repeat(4_100_000)}[]]`);
    expect(() => importRun('x.json', many)).toThrow(/holds more values than can be read/);
  });

  it('with more than a run record can hold is refused', () => {
    const [header] = bytesOf('qnn-events.csv').toString('utf8').split('\n');
    const rows = (of: (row: number) => string) =>
      Array.from({ length: 100_001 }, (_, row) => of(row)).join('\n');
    const figures = rows(row => `0,EXECUTE,1,US,BACKEND,ROOT,figure ${row}`);
    const operators = rows(row => `0,NODE,1,CYCLES,BACKEND,SUB-EVENT,a:OpId_${row}`);
    expect(() => importRun('x.csv', text(`${header}\n${figures}`))).toThrow('holds more than 10000 figures');
    expect(() => importRun('x.csv', text(`${header}\n${operators}`))).toThrow(
      'holds more than 100000 operators',
    );
    const query = '{"type":"q","start":1,"time-to-first-token":{"value":1,"unit":"us"},"duration":1}';
    const genie = `{"header":{"artifact_type":"GENIE_PROFILE"},"components":[{"name":"a","events":[${rows(() => `${query},`)}${query}]}]}`;
    expect(() => importRun('x.json', text(genie))).toThrow('holds more than 100000 repetitions');
  });
});
