import fc from 'fast-check';
import type { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/onnx/graphBuilder';
import { halfValue } from '../../../../src/onnx/safetensors';
import { convertValues } from '../../../../src/quantization/samples/convert';
import { toHalf } from '../../../../src/quantization/samples/half';
import { floats, load } from '../../architecture/ort';

describe('toHalf', () => {
  it('gives every half-precision number its own bits', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = halfValue(bits);
      if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
    }
  });

  it('rounds halves to the even number and what is too large to infinity', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (halfValue(bits) + halfValue(bits + 1)) / 2;
      expect(toHalf(middle)).toBe(bits + (bits & 1));
      expect(toHalf(-middle)).toBe(0x8000 + bits + (bits & 1));
    }
    expect(toHalf(65519.996)).toBe(0x7bff);
    expect(toHalf(65520)).toBe(0x7c00);
  });

  it('rounds as ONNX Runtime casts', async () => {
    const graph = new GraphBuilder('cast', { '': 21 });
    const x = graph.input('x', 'float32', ['n']);
    graph.output('y', graph.op('Cast', 'half', [x], { attributes: { to: { int: 10 } } }), 'float16', ['n']);
    const session = await load(graph.build());
    const value = fc.oneof(
      fc.float({ noNaN: true }),
      fc.float({ min: -70000, max: 70000, noNaN: true }),
      fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4), noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 300 }), async list => {
        const results = await session.run({ x: floats(Float32Array.from(list), [list.length]) });
        const { buffer, byteOffset } = (results['y'] as Tensor).data as Uint16Array;
        const bits = new Uint16Array(buffer, byteOffset, list.length);
        expect(Uint16Array.from(list, toHalf)).toEqual(Uint16Array.from(bits));
      }),
    );
  });
});

describe('convertValues', () => {
  it('keeps what the type can hold', () => {
    expect(convertValues(Float64Array.of(1, -2), 'int64')).toEqual(BigInt64Array.of(1n, -2n));
    expect(convertValues(BigInt64Array.of(1n, 0n), 'bool')).toEqual(Uint8Array.of(1, 0));
    expect(convertValues(BigInt64Array.of(7n), 'float32')).toEqual(Float32Array.of(7));
    expect(convertValues(Float64Array.of(-128, 127), 'int8')).toEqual(Int8Array.of(-128, 127));
  });

  it.each([
    [1.5, 'int64'],
    [2 ** 31, 'int32'],
    [-1, 'uint8'],
    [2, 'bool'],
    [Number.NaN, 'int64'],
    [2 ** 60, 'int64'],
  ] as const)('refuses %d as %s', (value, type) => {
    expect(() => convertValues(Float64Array.of(value), type)).toThrow(RangeError);
  });
});
