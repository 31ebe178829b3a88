import { describe, expect, it } from 'vitest';
import {
  constrain,
  type UnitKind,
  type WeightGrouping,
} from '../../../../src/quantization/numerics/htpProfile';
import { parseScheme } from '../../../../src/quantization/numerics/scheme';

const perChannel: WeightGrouping = { granularity: 'channel', symmetric: true };
const blocks: WeightGrouping = { granularity: 'block', blockSize: 32, symmetric: true };
const ofScheme = (
  kind: UnitKind,
  id: string,
  weights: WeightGrouping,
  profile: 'none' | 'v68' | 'v73' | 'v75',
) => constrain(kind, parseScheme(id), weights, profile);

describe('constrain', () => {
  it.each(['convolution', 'linear', 'product', 'other'] as const)(
    'leaves %s alone without a profile',
    kind => {
      const asked = { granularity: 'block', blockSize: 5, symmetric: false } as const;
      expect(ofScheme(kind, 'w16a16', asked, 'none')).toEqual({
        scheme: parseScheme('w16a16'),
        weights: asked,
        secondOperand: null,
        reasons: [],
      });
    },
  );

  it('makes the second operand of a product 8 bits on v68 and symmetric later', () => {
    expect(ofScheme('product', 'w8a16', perChannel, 'v68')).toMatchObject({
      secondOperand: { bits: 8, symmetric: false },
      reasons: ['HTP v68 cannot multiply two 16-bit activations; the second operand is 8 bits.'],
    });
    for (const profile of ['v73', 'v75'] as const) {
      const { secondOperand } = ofScheme('product', 'w4a16', perChannel, profile);
      expect(secondOperand).toEqual({ bits: 16, symmetric: true });
    }
    for (const id of ['w8a8', 'w8']) {
      expect(ofScheme('product', id, perChannel, 'v68')).toMatchObject({ secondOperand: null, reasons: [] });
    }
  });

  it('has 16-bit weights from v73 on, and there only symmetric ones', () => {
    const old = ofScheme('convolution', 'w16a16', perChannel, 'v68');
    expect(old.scheme).toEqual({ weightBits: 8, activationBits: 16 });
    expect(old.reasons).toEqual(['16-bit weights need HTP v73; on v68 they are 8 bits.']);
    const asymmetric = ofScheme('linear', 'w16a16', { ...perChannel, symmetric: false }, 'v73');
    expect(asymmetric.weights.symmetric).toBe(true);
    expect(asymmetric.reasons).toHaveLength(1);
    expect(ofScheme('linear', 'w16a16', perChannel, 'v75').reasons).toEqual([]);
  });

  it('has blocks only where they exist', () => {
    expect(ofScheme('linear', 'w4a16', blocks, 'v73')).toMatchObject({ weights: blocks, reasons: [] });
    expect(ofScheme('linear', 'w8', blocks, 'v73').reasons).toEqual([]);
    const impossible: [string, WeightGrouping, 'v68' | 'v73'][] = [
      ['w4a16', blocks, 'v68'],
      ['w4a8', blocks, 'v73'],
      ['w16a16', blocks, 'v73'],
      ['w4a16', { ...blocks, symmetric: false }, 'v73'],
      ['w4a16', { ...blocks, blockSize: 12 }, 'v73'],
    ];
    for (const [id, weights, profile] of impossible) {
      const constrained = ofScheme('linear', id, weights, profile);
      expect(constrained.weights).toEqual({ granularity: 'channel', symmetric: weights.symmetric });
      expect(constrained.reasons).toHaveLength(1);
      expect(constrained.reasons[0]).toMatch(/; the weights have one scale per channel\.$/);
    }
    expect(ofScheme('linear', 'w8a16', { ...blocks, blockSize: 12 }, 'v73').reasons).toEqual([]);
  });

  it('settles where it is applied twice', () => {
    const asked = [perChannel, blocks, { ...blocks, symmetric: false, blockSize: 3 }];
    for (const kind of ['convolution', 'linear', 'product', 'other'] as const) {
      for (const profile of ['v68', 'v73', 'v75'] as const) {
        for (const id of ['w4a8', 'w8a16', 'w16a16', 'w4', 'a16']) {
          for (const weights of asked) {
            const once = ofScheme(kind, id, weights, profile);
            const twice = constrain(kind, once.scheme, once.weights, profile);
            expect(twice).toMatchObject({ scheme: once.scheme, weights: once.weights });
          }
        }
      }
    }
  });
});
