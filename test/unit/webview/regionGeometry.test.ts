import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Region } from '../../../src/protocol/prompt';
import {
  dragRegion,
  fitRegion,
  grab,
  keyStep,
  middleRegion,
  moveRegion,
  regionBetween,
  resizeRegion,
  type Size,
} from '../../../webview-ui/prompt/regionGeometry';

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 5000 }),
  height: fc.integer({ min: 1, max: 5000 }),
});
const anywhere = fc.record({
  x: fc.double({ min: -9000, max: 9000, noNaN: true }),
  y: fc.double({ min: -9000, max: 9000, noNaN: true }),
});
const edges = fc.constantFrom(-1, 0, 1) as fc.Arbitrary<-1 | 0 | 1>;
const handles = fc.record({ x: edges, y: edges });

function expectInside(region: Region, size: Size): void {
  for (const value of Object.values(region)) expect(Number.isInteger(value)).toBe(true);
  expect(region.left).toBeGreaterThanOrEqual(0);
  expect(region.top).toBeGreaterThanOrEqual(0);
  expect(region.width).toBeGreaterThanOrEqual(1);
  expect(region.height).toBeGreaterThanOrEqual(1);
  expect(region.left + region.width).toBeLessThanOrEqual(size.width);
  expect(region.top + region.height).toBeLessThanOrEqual(size.height);
}

it('draws a region inside the picture wherever the pointer goes', () => {
  fc.assert(
    fc.property(sizes, anywhere, anywhere, (size, a, b) => {
      const region = regionBetween(a, b, size);
      expectInside(region, size);
      expect(regionBetween(b, a, size)).toEqual(region);
    }),
  );
});

it('keeps every drag and key press inside the picture', () => {
  fc.assert(
    fc.property(sizes, anywhere, anywhere, handles, anywhere, (size, a, b, handle, by) => {
      const region = regionBetween(a, b, size);
      expectInside(dragRegion(region, handle, by, size), size);
      expectInside(middleRegion(size), size);
    }),
  );
});

it('covers the pixels that were dragged over', () => {
  const size = { width: 1024, height: 1024 };
  expect(regionBetween({ x: 317.2, y: 571.9 }, { x: 78.4, y: 239 }, size)).toEqual({
    left: 78,
    top: 239,
    width: 240,
    height: 333,
  });
  expect(regionBetween({ x: -5, y: -5 }, { x: 5000, y: 5000 }, size)).toEqual({
    left: 0,
    top: 0,
    width: 1024,
    height: 1024,
  });
});

it('moves a region whole and resizes only the grabbed edges', () => {
  const size = { width: 100, height: 80 };
  const region = { left: 10, top: 20, width: 30, height: 40 };
  expect(moveRegion(region, { x: 100, y: -100 }, size)).toEqual({ left: 70, top: 0, width: 30, height: 40 });
  expect(resizeRegion(region, { x: -1, y: 0 }, { x: 5, y: 9 }, size)).toEqual({
    left: 15,
    top: 20,
    width: 25,
    height: 40,
  });
  expect(resizeRegion(region, { x: 1, y: 1 }, { x: -100, y: 100 }, size)).toEqual({
    left: 10,
    top: 20,
    width: 1,
    height: 60,
  });
});

it('grabs corners, edges, the inside, or nothing', () => {
  const region = { left: 100, top: 100, width: 200, height: 100 };
  const slack = { x: 6, y: 6 };
  expect(grab(region, { x: 103, y: 97 }, slack)).toEqual({ x: -1, y: -1 });
  expect(grab(region, { x: 302, y: 150 }, slack)).toEqual({ x: 1, y: 0 });
  expect(grab(region, { x: 200, y: 150 }, slack)).toEqual({ x: 0, y: 0 });
  expect(grab(region, { x: 90, y: 150 }, slack)).toBeNull();
});

it('steps by a 32nd of the picture, at least a pixel, or by one pixel', () => {
  expect(keyStep({ width: 1024, height: 10 }, false)).toEqual({ x: 32, y: 1 });
  expect(keyStep({ width: 1024, height: 10 }, true)).toEqual({ x: 1, y: 1 });
});

it('cuts a remembered region to another picture, or drops it', () => {
  const region = { left: 50, top: 10, width: 100, height: 20 };
  expect(fitRegion(region, { width: 60, height: 100 })).toEqual({ left: 50, top: 10, width: 10, height: 20 });
  expect(fitRegion(region, { width: 50, height: 100 })).toBeNull();
});
