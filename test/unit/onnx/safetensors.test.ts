import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Safetensors } from '../../../src/onnx/safetensors';
import { parseSafetensorsHeader } from '../../../src/onnx/safetensorsHeader';
import { StudioError } from '../../../src/protocol/failure';

const dir = mkdtempSync(join(tmpdir(), 'safetensors-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A file of the header's JSON text (padded as the format allows) and data. */
function file(header: string, data: Uint8Array, headerBytes = BigInt(Buffer.byteLength(header))): string {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(headerBytes);
  const path = join(dir, 'model.safetensors');
  writeFileSync(path, Buffer.concat([prefix, Buffer.from(header), data]));
  return path;
}

function entry(dtype: string, shape: readonly number[], begin: number, end: number) {
  return { dtype, shape, data_offsets: [begin, end] };
}

describe('a sound file', () => {
  test('is read as fp32 whatever float it stores', () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00);
    const brain = Uint16Array.of(0x3f80, 0xc040);
    const single = Float32Array.of(0.1, -3e38);
    const data = Buffer.concat([halves, brain, single].map(({ buffer }) => Buffer.from(buffer)));
    const header = {
      __metadata__: { format: 'pt' },
      h: entry('F16', [2, 3], 0, 12),
      b: entry('BF16', [2], 12, 16),
      s: entry('F32', [2], 16, 24),
    };
    const weights = Safetensors.open(file(`${JSON.stringify(header)}   `, data));
    expect([...weights.tensors.keys()]).toEqual(['h', 'b', 's']);
    expect(weights.tensors.get('h')?.shape).toEqual([2, 3]);
    expect([...weights.readFloats('h')]).toEqual([1, -2, 2 ** -24, 65504, -0, Number.POSITIVE_INFINITY]);
    expect([...weights.readFloats('b')]).toEqual([1, -3]);
    expect([...weights.readFloats('s')]).toEqual([...single]);
    expect(() => weights.readFloats('x')).toThrow('tensor x is missing');
    weights.close();
  });

  test('may hold integers, which are no weights', () => {
    const weights = Safetensors.open(file(JSON.stringify({ i: entry('I64', [1], 0, 8) }), new Uint8Array(8)));
    expect(() => weights.readFloats('i')).toThrow('Tensor i of model.safetensors has type I64');
    weights.close();
  });
});

describe('a hostile or damaged file is refused in one sentence', () => {
  const huge = Number.MAX_SAFE_INTEGER;
  const cases: [string, string, number, string][] = [
    ['no JSON', '{"a":', 0, 'header is not JSON'],
    ['an array', '[]', 0, 'not a JSON object'],
    ['null', 'null', 0, 'not a JSON object'],
    ['unknown type', JSON.stringify({ a: entry('F12', [1], 0, 4) }), 4, 'tensor a wrongly: dtype'],
    [
      'negative offset',
      JSON.stringify({ a: entry('F32', [1], -4, 0) }),
      4,
      'tensor a wrongly: data_offsets.0',
    ],
    ['fractional shape', JSON.stringify({ a: entry('F32', [0.5], 0, 2) }), 2, 'tensor a wrongly: shape.0'],
    ['end before begin', JSON.stringify({ a: entry('F32', [1], 4, 0) }), 4, 'does not fit its -4 bytes'],
    ['shape beyond the data', JSON.stringify({ a: entry('F32', [2], 0, 4) }), 4, 'does not fit its 4 bytes'],
    ['overflowing shape', JSON.stringify({ a: entry('F32', [huge, huge, huge], 0, 4) }), 4, 'does not fit'],
    ['beyond the end', JSON.stringify({ a: entry('F32', [2], 0, 8) }), 4, 'take 8 bytes, but 4 are there'],
    ['data behind the last tensor', JSON.stringify({ a: entry('F32', [1], 0, 4) }), 9, 'take 4 bytes, but 9'],
    [
      'overlap',
      JSON.stringify({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }),
      12,
      'tensor b begins at byte 4, where 8 was expected',
    ],
    [
      'gap',
      JSON.stringify({ a: entry('F32', [1], 4, 8) }),
      8,
      'tensor a begins at byte 4, where 0 was expected',
    ],
  ];
  test.each(cases)('%s', (_, header, dataBytes, problem) => {
    const open = () => Safetensors.open(file(header, new Uint8Array(dataBytes)));
    expect(open).toThrow(StudioError);
    expect(open).toThrow(problem);
    expect(open).toThrow('model.safetensors is damaged');
  });

  test('a header length beyond the file or all numbers', () => {
    expect(() => Safetensors.open(file('{}', new Uint8Array(4), 7n))).toThrow('header claims 7 bytes');
    expect(() => Safetensors.open(file('{}', new Uint8Array(), 2n ** 64n - 1n))).toThrow(
      'header claims 18446744073709552000',
    );
    writeFileSync(join(dir, 'short'), 'abc');
    expect(() => Safetensors.open(join(dir, 'short'))).toThrow('it has 3 bytes and no header');
  });

  test('no file', () => {
    expect(() => Safetensors.open(join(dir, 'absent'))).toThrow('cannot be opened (ENOENT)');
  });

  test('any bytes at all', () => {
    const anyHeader = fc.oneof(
      fc.uint8Array(),
      fc.json().map(text => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(anyHeader, fc.nat(), (header, dataBytes) => {
        const parsed = parseSafetensorsHeader(header, dataBytes);
        if ('tensors' in parsed) expect(dataBytes).toBe(0);
      }),
    );
  });

  test('a tensor that is accepted lies inside and is as long as its shape', () => {
    const tensor = fc.record({
      dtype: fc.constantFrom('F32', 'F16', 'U8'),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
      data_offsets: fc.tuple(fc.nat(40), fc.nat(40)),
    });
    const bytes = { F32: 4, F16: 2, U8: 1 };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tensor, { maxKeys: 3 }), fc.nat(80), (header, dataBytes) => {
        const parsed = parseSafetensorsHeader(new TextEncoder().encode(JSON.stringify(header)), dataBytes);
        if (!('tensors' in parsed)) return;
        let total = 0;
        for (const { dtype, shape, begin, end } of parsed.tensors.values()) {
          expect(begin >= 0 && end <= dataBytes).toBe(true);
          expect(end - begin).toBe(shape.reduce((a, b) => a * b, 1) * bytes[dtype as keyof typeof bytes]);
          total += end - begin;
        }
        expect(total).toBe(dataBytes);
      }),
      { numRuns: 2000 },
    );
  });
});
