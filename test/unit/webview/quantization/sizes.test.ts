import fc from 'fast-check';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { fromQuantizationViewSchema } from '../../../../src/protocol/quantizationView';
import {
  describeShapes,
  draftOf,
  fieldKey,
  isGiven,
  isOpen,
  shapesOf,
} from '../../../../webview-ui/quantization/model/sizes';

const image = { name: 'x', dims: ['batch', 3, 'height', ''] };
const mask = { name: 'mask', dims: ['batch', ''] };

it('asks once for sizes of one name, and apart for those without a name', () => {
  const draft = draftOf([image, mask], {});
  expect(Object.keys(draft)).toHaveLength(4);
  expect(draft[fieldKey(image, 0)]).toBe('1');
  expect(fieldKey(image, 0)).toBe(fieldKey(mask, 0));
  expect(fieldKey(image, 3)).not.toBe(fieldKey(mask, 1));
  expect(shapesOf([image, mask], draft)).toBeNull();
});

it('begins with the sizes that were given before', () => {
  const shapes = { x: [2, 3, 640, 480], mask: [2, 9] };
  expect(shapesOf([image, mask], draftOf([image, mask], shapes))).toEqual(shapes);
  expect(describeShapes(shapes)).toBe('x 2 × 3 × 640 × 480, mask 2 × 9');
});

it('takes whole numbers from 1 and nothing else', () => {
  for (const text of ['', '0', '-1', '1.5', '1e3', 'abc', '268435457', ' 1', '٣'])
    expect(isGiven(text)).toBe(false);
  for (const text of ['1', '640', '268435456', '007']) expect(isGiven(text)).toBe(true);
});

it('sends only what the extension accepts, and keeps the sizes that are fixed', () => {
  const dims = fc.array(fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.string()), { maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), dims, fc.array(fc.string()), (names, sizes, typed) => {
      const inputs = names.map(name => ({ name, dims: sizes }));
      const keys = Object.keys(draftOf(inputs, {}));
      const draft = Object.fromEntries(keys.map((key, index) => [key, typed[index] ?? '7']));
      const shapes = shapesOf(inputs, draft);
      if (shapes === null) return;
      const message = { type: 'inputs', side: 'model', shapes, values: {} };
      expect(v.safeParse(fromQuantizationViewSchema, message).success).toBe(true);
      for (const given of Object.values(shapes))
        expect(sizes.every((size, axis) => isOpen(size) || given[axis] === size)).toBe(true);
    }),
  );
});
