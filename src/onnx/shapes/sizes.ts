/** A number, the name of a size that is known only when the graph runs, or undefined: not known. */
export type Size = number | string | undefined;
export type Shape = readonly Size[];

/** What is known of a value: its shape, and its content where it is a short list of integers or factors. */
export interface Known {
  readonly shape: Shape | undefined;
  readonly values?: readonly Size[] | undefined;
}

/** Product of the sizes; undefined as soon as one is not a number. */
export function product(sizes: Shape): number | undefined {
  let result = 1;
  for (const size of sizes) {
    if (typeof size !== 'number') return undefined;
    result *= size;
  }
  return result;
}

/** `f` of the sizes where all are numbers. */
export function compute(f: (...sizes: number[]) => Size, ...sizes: Size[]): Size {
  const numbers = sizes.filter(size => typeof size === 'number');
  return numbers.length === sizes.length ? f(...numbers) : undefined;
}

/** ONNX's multidirectional broadcasting. */
export function broadcast(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  const known = shapes.filter(shape => shape !== undefined);
  if (known.length !== shapes.length) return undefined;
  const rank = Math.max(0, ...known.map(shape => shape.length));
  return Array.from({ length: rank }, (_, index) =>
    known
      .map(shape => (index < rank - shape.length ? 1 : shape[index - rank + shape.length]))
      .reduce(broadcastSize, 1),
  );
}

function broadcastSize(a: Size, b: Size): Size {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  // A size that is not known can only be 1 or the same.
  if (typeof a === 'number' && typeof b !== 'number') return a;
  return typeof b === 'number' && typeof a !== 'number' ? b : undefined;
}

/** An axis counted from the front; undefined where the shape has none such. */
export function axisOf(axis: number, rank: number): number | undefined {
  const counted = axis < 0 ? axis + rank : axis;
  return counted >= 0 && counted < rank ? counted : undefined;
}

/** The shape with one size replaced. */
export function withSize(shape: Shape, axis: number, size: Size): Shape {
  return shape.map((old, index) => (index === axis ? size : old));
}
