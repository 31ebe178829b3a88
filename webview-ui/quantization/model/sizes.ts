import type { OpenInput } from '../../../src/protocol/failure';
import { nameForPeople } from '../../shared/text';

/** What is typed, by the key of a field. */
export type SizeDraft = Readonly<Record<string, string>>;

/** The largest size of one dimension that may be sent. */
const largest = 2 ** 28;

export function isOpen(size: number | string): boolean {
  return typeof size !== 'number' || !Number.isInteger(size) || size < 0;
}

/** One field a place; equal names in a graph are one size, so they are one field at several places. */
export function fieldKey(input: OpenInput, axis: number): string {
  const size = input.dims[axis];
  return typeof size === 'string' && size !== '' ? `name ${size}` : `place ${input.name}\n${axis}`;
}

/** What stands in the fields at first: the sizes given before; else 1 for what counts samples. */
export function draftOf(
  inputs: readonly OpenInput[],
  shapes: Readonly<Record<string, readonly number[]>>,
): SizeDraft {
  const draft: Record<string, string> = {};
  for (const input of inputs)
    for (const [axis, size] of input.dims.entries()) {
      if (!isOpen(size)) continue;
      const given = shapes[input.name]?.[axis];
      const key = fieldKey(input, axis);
      draft[key] ??= given !== undefined ? String(given) : axis === 0 ? '1' : '';
    }
  return draft;
}

/** Whether a field holds a size that can be sent. */
export function isGiven(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= largest;
}

/** The whole sizes of every open input; null while one is missing or no size. */
export function shapesOf(inputs: readonly OpenInput[], draft: SizeDraft): Record<string, number[]> | null {
  const shapes: Record<string, number[]> = {};
  for (const input of inputs) {
    const sizes = input.dims.map((size, axis) => {
      const text = isOpen(size) ? draft[fieldKey(input, axis)] : String(size);
      return text !== undefined && (!isOpen(size) || isGiven(text)) ? Number(text) : Number.NaN;
    });
    if (sizes.some(Number.isNaN)) return null;
    shapes[input.name] = sizes;
  }
  return shapes;
}

/** `x 1 × 3 × 640 × 640`, inputs apart by commas. */
export function describeShapes(shapes: Readonly<Record<string, readonly number[]>>): string {
  return Object.entries(shapes)
    .map(([name, sizes]) => `${nameForPeople(name)} ${sizes.join(' × ')}`)
    .join(', ');
}
