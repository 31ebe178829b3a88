import { existsSync, readdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatRunRecord,
  parseRunRecord,
  readRunRecord,
  writeRunRecord,
} from '../../../src/profiling/runRecordFile';
import { StudioError } from '../../../src/protocol/failure';
import { maxRunFileBytes } from '../../../src/protocol/runRecord';
import { put, scratchFolder } from '../engine/pictures';
import { repetition, runRecord } from './runs';

const folder = scratchFolder();

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    expect(error.kind).toBe('run-invalid');
    expect(error.message).toMatch(/^[^\n\p{Cc}]+[.]$/u);
    return error.message;
  }
  return 'read';
}

describe('a run record', () => {
  it('comes back as it was written, whatever its times', () => {
    const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 50 });
    fc.assert(
      fc.property(times, fc.string(), (gaps, note) => {
        const record = runRecord({ repetitions: [repetition(gaps), repetition([])], notes: [note] });
        expect(parseRunRecord(formatRunRecord(record), 'run.json')).toEqual(record);
      }),
      { numRuns: 50 },
    );
    const bare = runRecord({ operatorPass: null, repetitions: [], samples: [], summaries: [] });
    expect(parseRunRecord(formatRunRecord(bare), 'run.json')).toEqual(bare);
  });

  it('has a line for each prompt, sample and operator, for a person who reads a difference', () => {
    const text = formatRunRecord(runRecord({ repetitions: [repetition([1]), repetition([2])] }));
    expect(text.split('\n').filter(line => line.includes('tokenAtMs'))).toHaveLength(2);
    expect(text.split('\n').filter(line => line.includes('MatMul'))).toHaveLength(1);
  });

  it('is written whole or not at all, and read again', async () => {
    const file = path.join(folder, 'runs', 'deep', 'run.json');
    await writeRunRecord(file, runRecord());
    await writeRunRecord(file, runRecord({ name: 'the second' }));
    expect((await readRunRecord(file)).name).toBe('the second');
    expect(readdirSync(path.dirname(file))).toEqual(['run.json']);
    const below = path.join(put(folder, 'a-file', 'x'), 'run.json');
    await expect(writeRunRecord(below, runRecord())).rejects.toThrow(
      /^The run cannot be written to .*a-file.run\.json \(a file stands where its folder should be\): name another place\.$/,
    );
    await expect(readRunRecord(path.join(folder, 'nowhere.json'))).rejects.toMatchObject({
      kind: 'file-missing',
    });
  });

  // Node's own recursive mkdir would never come back here.
  it.skipIf(!existsSync('/proc/self'))('is refused where the system makes no folders', async () => {
    await expect(writeRunRecord('/proc/none/runs/run.json', runRecord())).rejects.toThrow(
      'The run cannot be written to /proc/none/runs/run.json (no folder can be made there): name another place.',
    );
  });
});

describe('a file that is no run record of this program', () => {
  const text = formatRunRecord(runRecord());

  it.each([
    ['a newer version', text.replace('"version": 1', '"version": 2'), 'is a run record of version 2'],
    ['another file', '{"format":"else","version":1}', 'is not a run record'],
    ['no JSON', 'name: run', 'is not JSON'],
    ['a file that was cut', text.slice(0, text.length / 2), 'ends in the middle'],
    ['a wrong time', text.replace('"ttftMs":50', '"ttftMs":-1'), 'repetitions.0.parts.ttftMs'],
    ['a wrong digest', text.replace(/a{64}/, 'a'.repeat(63)), 'provenance.model.sha256'],
    ['a name with a line end', text.replace('"onnxruntime"', '"a\\nb":1,"onnxruntime"'), 'damaged at'],
  ])('%s is refused in one sentence', (_, content, said) => {
    expect(refusal(() => parseRunRecord(content, 'run.json'))).toContain(said);
  });

  it('says what to do about a newer one', () => {
    const newer = text.replace('"version": 1', '"version": 7');
    expect(refusal(() => parseRunRecord(newer, 'run.json'))).toBe(
      'run.json is a run record of version 7, and this program reads up to 1: update AutoNeural Studio.',
    );
  });

  it('is never read half, wherever a byte differs', () => {
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (at, other) => {
          const changed = text.slice(0, at) + other + text.slice(at + 1);
          if (refusal(() => parseRunRecord(changed, 'run.json')) !== 'read') return;
          expect(parseRunRecord(changed, 'run.json').format).toBe('autoneural-run');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('too large is refused unread', async () => {
    const file = put(folder, 'large.json', '');
    truncateSync(file, maxRunFileBytes + 1);
    await expect(readRunRecord(file)).rejects.toThrow(
      /^large\.json has 129 MiB, and a run record at most 128: /,
    );
  });
});
