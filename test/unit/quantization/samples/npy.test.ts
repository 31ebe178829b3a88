import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../../src/protocol/failure';
import { parseNpy } from '../../../../src/quantization/samples/npy';
import { floatFile, npyFile, npyGolden } from './npyFiles';

/** What a hostile file may end in: one sentence of the closed list, and nothing else. */
function outcome(bytes: Uint8Array): string {
  try {
    parseNpy(bytes, 'x.npy');
    return 'read';
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    expect(error.kind).toBe('samples-invalid');
    expect(error.message).toMatch(/^x\.npy [^\n]+\.$/);
    return error.message;
  }
}

describe('parseNpy', () => {
  it.each(npyGolden.readable)('reads what numpy saved: $name', ({ file, dims, values }) => {
    const array = parseNpy(Buffer.from(file, 'base64'), 'x.npy');
    expect(array.dims).toEqual(dims);
    expect(Array.from(array.values, Number)).toEqual(values);
  });

  it.each(Object.entries(npyGolden.refused))('refuses %s', (_, file) => {
    expect(outcome(Buffer.from(file, 'base64'))).not.toBe('read');
  });

  it('reads back any array', () => {
    const arrays = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).chain(dims => {
      const length = dims.reduce((product, size) => product * size, 1);
      const values = fc.array(fc.float({ noNaN: true }), { minLength: length, maxLength: length });
      return values.map(list => ({ dims, list }));
    });
    fc.assert(
      fc.property(arrays, ({ dims, list }) => {
        const array = parseNpy(floatFile(dims, list), 'x.npy');
        expect(array).toEqual({ dims, values: Float32Array.from(list) });
      }),
    );
  });

  it('ends in a sentence or an array whatever byte of a file is changed or cut', () => {
    const files = npyGolden.readable.map(({ file }) => Buffer.from(file, 'base64'));
    const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, fc.nat(300), (file, edits, cut) => {
        const bytes = Buffer.from(file);
        for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
        outcome(bytes.subarray(0, bytes.length - Math.max(0, cut - 200)));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    [
      'a shape beyond any memory',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
    ],
    [
      'a shape that overflows to the right size',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (0.5, 2), }",
    ],
    ['a negative size', "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"],
    ['17 dimensions', `{'descr': '<f4', 'fortran_order': False, 'shape': (${'1,'.repeat(17)}), }`],
    ['code', "{'descr': __import__('os').system('ls'), 'fortran_order': False, 'shape': (), }"],
    ['a missing order', "{'descr': '<f4', 'shape': (1,), }"],
    ['a type named like a method', "{'descr': 'toString', 'fortran_order': False, 'shape': (), }"],
    ['a type of two lines', "{'descr': '\nf4', 'fortran_order': False, 'shape': (1,), }"],
    ['a header of blanks', `{${' '.repeat(2000)}`],
  ])('refuses %s', (_, header) => {
    expect(outcome(npyFile(header, new Uint8Array(4)))).not.toBe('read');
  });

  it('refuses a header longer than the file without reading on', () => {
    const file = npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", new Uint8Array(4), 2);
    file.writeUInt32LE(0xffffffff, 8);
    expect(outcome(file)).toContain('names a header of 4294967295 bytes');
  });

  it('refuses data that is longer than its shape', () => {
    expect(outcome(Buffer.concat([floatFile([2], [1, 2]), Buffer.alloc(1)]))).toContain(
      'holds 9 bytes of data',
    );
  });
});
