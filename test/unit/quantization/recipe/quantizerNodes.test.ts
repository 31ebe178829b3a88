import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../../src/onnx/model';
import { encodingOfRange, fakeQuantize } from '../../../../src/quantization/numerics/affine';
import { quantizeWeights } from '../../../../src/quantization/numerics/weightQuantizer';
import {
  activationQuantizer,
  type Insertion,
  weightDequantizer,
} from '../../../../src/quantization/recipe/quantizerNodes';
import { bytesOfGraph } from '../../architecture/ort';

/** A graph of nothing but the quantizers, as ONNX Runtime runs it without rewriting it. */
async function computed(insertion: Insertion, opset: number, dims: readonly number[], x?: Float32Array) {
  const graph: Graph = {
    name: 'quantizers',
    inputs: x === undefined ? [] : [{ name: 'x', type: 'float32', dims }],
    outputs: [{ name: 'y', type: 'float32', dims }],
    nodes: insertion.nodes,
    initializers: insertion.initializers,
    opsets: { '': opset, 'com.microsoft': 1 },
  };
  const session = await InferenceSession.create(bytesOfGraph(graph), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const { y } = await session.run(x === undefined ? {} : { x: new Tensor('float32', x, dims) });
  await session.release();
  return y?.data;
}

const number = fc.float({ min: -100, max: 100, noNaN: true });

describe('the nodes of a quantizer compute in ONNX Runtime what is computed here', () => {
  test.each([
    [8, false, 13],
    [8, true, 21],
    [16, false, 13],
    [16, false, 23],
    [16, true, 21],
  ] as const)('activations of %i bits, signed %s, opset %i', async (bits, signed, opset) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { minLength: 1, maxLength: 30 }),
        number,
        number,
        async (list, a, b) => {
          const values = Float32Array.from(list);
          const encoding = encodingOfRange(Math.min(a, b), Math.max(a, b), bits, {
            symmetric: signed,
            signed,
          });
          const there = await computed(
            activationQuantizer('x', 'y', encoding, opset),
            opset,
            [values.length],
            values,
          );
          expect(there).toEqual(fakeQuantize(values, encoding).map(value => value + 0));
        },
      ),
      { numRuns: 20 },
    );
  });

  test.each([
    [4, 21, 'channel', true, 0],
    [4, 23, 'channel', true, 1],
    [4, 13, 'channel', true, 1],
    [4, 23, 'block', true, 1],
    [8, 13, 'channel', true, 0],
    [8, 23, 'channel', false, 1],
    [8, 23, 'tensor', true, 0],
    [16, 23, 'channel', true, 0],
    [16, 17, 'tensor', false, 0],
  ] as const)(
    'weights of %i bits, opset %i, per %s, symmetric %s, axis %i',
    async (bits, opset, granularity, symmetric, axis) => {
      await fc.assert(
        fc.asyncProperty(fc.array(number, { minLength: 24, maxLength: 24 }), async list => {
          const dims = [4, 6];
          const blockSize = granularity === 'block' ? 2 : null;
          const settings = { bits, granularity, symmetric, ...(blockSize !== null && { blockSize }) };
          const quantized = quantizeWeights(Float32Array.from(list), dims, axis, settings);
          const there = await computed(
            weightDequantizer({ name: 'y', dims, axis, settings, quantized: () => quantized }, opset),
            opset,
            dims,
          );
          expect(there).toEqual(quantized.dequantized.map(value => value + 0));
        }),
        { numRuns: 10 },
      );
    },
  );
});
