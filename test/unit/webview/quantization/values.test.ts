import fc from 'fast-check';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { fromQuantizationViewSchema } from '../../../../src/protocol/quantizationView';
import {
  describeValues,
  numbersOf,
  problemOf,
  valueDraftOf,
} from '../../../../webview-ui/quantization/model/values';

const rate = { name: 'sr', type: 'int64' };
const threshold = { name: 'threshold', type: 'float32' };

it.each([
  ['int64', ['16000', '-1', '+7', '9007199254740991'], ['', '1.5', '1e3', 'abc', '9007199254740992', '٣']],
  ['int32', ['2147483647'], ['2147483648']],
  ['uint8', ['0', '255'], ['-1', '256']],
  ['bool', ['0', '1'], ['2', 'true']],
  ['float32', ['0.5', '.5', '5.', '-1e-3', '7'], ['', '1e999', '0x10', '1,5', 'Infinity', 'NaN']],
])('an input of %s takes numbers that fit it, and says what it takes', (type, taken, refused) => {
  const input = { name: 'x', type };
  for (const text of taken) expect([text, problemOf(text, input)]).toEqual([text, null]);
  for (const text of refused)
    expect(problemOf(text, input)).toMatch(/^x takes a (whole )?number[^\n]*, not ".*"\.$/s);
});

it('sends what is typed, and lets a field be empty unless the model asks for it', () => {
  const draft = valueDraftOf([rate, threshold], { sr: 16000 });
  expect(draft).toEqual({ sr: '16000', threshold: '' });
  expect(numbersOf([rate, threshold], draft, ['sr'])).toMatchObject({ values: { sr: 16000 }, problem: null });
  expect(numbersOf([rate, threshold], draft, ['threshold']).problem).toBe('Give a number for threshold.');
  expect(numbersOf([rate], { sr: 'fast' }, []).problem).toBe('sr takes a whole number, not "fast".');
  expect(describeValues({ sr: 16000, threshold: 0.5 })).toBe('sr = 16000, threshold = 0.5');
});

it('sends only what the extension accepts, whatever is typed', () => {
  const type = fc.constantFrom('int64', 'int32', 'uint8', 'bool', 'float32', 'float16', 'string');
  const text = fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String));
  fc.assert(
    fc.property(fc.string(), type, text, (name, type, typed) => {
      const { values, problem } = numbersOf([{ name, type }], Object.fromEntries([[name, typed]]), [name]);
      if (problem !== null) return;
      const message = { type: 'inputs', side: 'model', shapes: {}, values };
      expect(v.safeParse(fromQuantizationViewSchema, message).success).toBe(true);
    }),
  );
});
