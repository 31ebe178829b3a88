import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { schemeSchema } from '../../../../src/protocol/quantization';
import { parseScheme, schemeId, schemeLabel } from '../../../../src/quantization/numerics/scheme';

describe('parseScheme', () => {
  it.each([
    ['w8a16', 8, 16],
    ['w4a8', 4, 8],
    ['w4', 4, null],
    ['a16', null, 16],
    ['w16a16', 16, 16],
  ] as const)('reads %s', (id, weightBits, activationBits) => {
    expect(parseScheme(id)).toEqual({ weightBits, activationBits });
    expect(schemeId({ weightBits, activationBits })).toBe(id);
    expect(schemeLabel(id)).toBe(id.toUpperCase());
  });

  it('takes exactly what the protocol takes', () => {
    const near = fc.oneof(fc.string(), fc.stringMatching(/^w?(4|8|16)?a?(4|8|16)?$/));
    fc.assert(
      fc.property(near, id => {
        const known = v.is(schemeSchema, id);
        if (known) expect(schemeId(parseScheme(id))).toBe(id);
        else expect(() => parseScheme(id)).toThrow('is not a scheme');
      }),
      { numRuns: 1000 },
    );
  });
});
