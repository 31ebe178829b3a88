import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { numberIn, splitCells } from '../../../../src/profiling/import/delimited';
import { printable } from '../../../../src/profiling/import/foreignFile';
import { importRun } from '../../../../src/profiling/import/importRun';
import { StudioError } from '../../../../src/protocol/failure';
import { runRecordSchema } from '../../../../src/protocol/runRecord';
import { bytesOf, type ForeignName, foreignFiles, text } from './foreign';

const names = Object.keys(foreignFiles) as ForeignName[];
const sentence = /^[^\n]{1,2000}; [^\n]+\.$/;

/** Either valid records, labelled imported, or one sentence. @returns whether it was imported */
function sound(bytes: Uint8Array): boolean {
  try {
    const { records } = importRun('fuzz\u001b.json', bytes);
    for (const record of records) {
      expect(v.safeParse(runRecordSchema, record).issues).toBeUndefined();
      expect(record.provenance.kind).toBe('imported');
      for (const shown of [record.name, ...record.notes, ...(record.figures ?? []).map(({ name }) => name)])
        expect(shown).not.toMatch(/[\p{Cc}\u202e]/u);
      for (const { layer } of record.operatorPass?.operators ?? []) expect(layer).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    }
    return true;
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    expect(error.kind).toBe('run-invalid');
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return false;
  }
}

describe.each(names)('%s', name => {
  const original = bytesOf(name);

  it('with bytes changed is imported or refused in one sentence', () => {
    const change = fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), changes => {
        const bytes = Buffer.from(original);
        for (const [place, value] of changes) bytes[place] = value;
        sound(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('cut anywhere is imported or refused in one sentence', () => {
    fc.assert(
      fc.property(fc.nat(original.length), fc.nat(original.length), (from, to) => {
        sound(original.subarray(0, to));
        sound(original.subarray(from));
      }),
      { numRuns: 60 },
    );
  });

  it('with numbers and names exchanged is imported or refused in one sentence', () => {
    const other = fc.constantFrom(
      '1e308',
      '-1',
      '9'.repeat(400),
      '1e-320',
      '0',
      'null',
      'true',
      '""',
      '[]',
      '{}',
      '"\\u0000"',
      '"9"',
      '1.5',
      'NaN',
    );
    const places = [...original.toString('utf8').matchAll(/"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?/g)];
    fc.assert(
      fc.property(fc.nat(places.length - 1), other, (place, replacement) => {
        const { index = 0, 0: found = '' } = places[place] ?? {};
        const whole = original.toString('utf8');
        sound(text(whole.slice(0, index) + replacement + whole.slice(index + found.length)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('anything', () => {
  it('is imported or refused in one sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void sound(bytes)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), json => void sound(text(json))),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), string => void sound(text(string))));
  });

  it('of a right outermost form is, too', () => {
    const shapes = [
      'messages',
      'traceEvents',
      'components',
      'execution_summary',
      'runs',
      'data',
      'header',
      'plugin',
    ];
    const event = fc.dictionary(
      fc.constantFrom('cat', 'ph', 'name', 'ts', 'dur', 'args', 'method'),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const form = fc.dictionary(
      fc.constantFrom(...shapes),
      fc.oneof(fc.array(event), fc.jsonValue({ maxDepth: 3 })),
    );
    fc.assert(
      fc.property(fc.oneof(form, fc.array(event)), value => void sound(text(JSON.stringify(value)))),
      { numRuns: 300 },
    );
  });
});

describe('printable', () => {
  it('leaves one line of characters that can be shown, within the length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 1, max: 300 }),
        (string, most) => {
          const shown = printable(string, most);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u);
          expect(shown.length).toBeLessThanOrEqual(most);
          expect(printable(shown, most)).toBe(shown);
        },
      ),
    );
  });

  it('leaves ordinary names as they are', () => {
    expect(printable('vision.stage2/块.Conv')).toBe('vision.stage2/块.Conv');
  });
});

describe('splitCells', () => {
  it('gives back the cells that were written in quotes', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', '±'), maxLength: 20 });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), cells => {
        const line = cells.map(one => `"${one.replaceAll('"', '""')}"`).join(',');
        expect(splitCells(line)).toEqual(cells);
      }),
    );
  });

  it('takes its time in proportion to the line', () => {
    const started = performance.now();
    for (const line of ['"a,'.repeat(200_000), `"${'a'.repeat(1_000_000)}`, ',"'.repeat(500_000)])
      splitCells(line);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('numberIn', () => {
  it('reads what programs print and nothing else', () => {
    expect([' 12 ', '1.5', '2e3', '1E-2'].map(numberIn)).toEqual([12, 1.5, 2000, 0.01]);
    for (const other of [
      '',
      '-1',
      '+1',
      '0x10',
      '1e99',
      'Infinity',
      'NaN',
      '1,5',
      '1 2',
      '٣',
      '9'.repeat(30),
    ])
      expect(numberIn(other)).toBeNull();
  });
});
