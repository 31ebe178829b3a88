import type { Region } from '../../src/protocol/prompt';

/** All of this is in pixels of the picture, after EXIF orientation, origin top left. */
export interface Size {
  width: number;
  height: number;
}
export interface Point {
  x: number;
  y: number;
}

/** Which edges a drag moves: -1 the left or top one, 1 the right or bottom one, 0 none. Both 0 moves the whole. */
export interface Handle {
  x: -1 | 0 | 1;
  y: -1 | 0 | 1;
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** The rectangle between two corners, cut to the picture; at least one pixel wide and high. */
export function regionBetween(a: Point, b: Point, size: Size): Region {
  const [left, right] = span(a.x, b.x, size.width);
  const [top, bottom] = span(a.y, b.y, size.height);
  return { left, top, width: right - left, height: bottom - top };
}

function span(a: number, b: number, length: number): [from: number, to: number] {
  const from = clamp(Math.floor(Math.min(a, b)), 0, length - 1);
  return [from, clamp(Math.ceil(Math.max(a, b)), from + 1, length)];
}

/** Moves a region and keeps it whole inside the picture. */
export function moveRegion(region: Region, by: Point, size: Size): Region {
  return {
    ...region,
    left: clamp(region.left + Math.round(by.x), 0, size.width - region.width),
    top: clamp(region.top + Math.round(by.y), 0, size.height - region.height),
  };
}

/** Moves the edges that the handle names; the opposite ones stay, and one pixel always remains. */
export function resizeRegion(region: Region, handle: Handle, by: Point, size: Size): Region {
  const [left, right] = resizeSpan(region.left, region.width, handle.x, Math.round(by.x), size.width);
  const [top, bottom] = resizeSpan(region.top, region.height, handle.y, Math.round(by.y), size.height);
  return { left, top, width: right - left, height: bottom - top };
}

function resizeSpan(from: number, extent: number, edge: -1 | 0 | 1, by: number, length: number) {
  const to = from + extent;
  if (edge < 0) return [clamp(from + by, 0, to - 1), to] as const;
  return [from, edge > 0 ? clamp(to + by, from + 1, length) : to] as const;
}

/** Applies a drag that began on `handle`. */
export function dragRegion(region: Region, handle: Handle, by: Point, size: Size): Region {
  return handle.x === 0 && handle.y === 0
    ? moveRegion(region, by, size)
    : resizeRegion(region, handle, by, size);
}

/** What a press at `point` grabs: an edge or corner within `tolerance`, the inside, or nothing. */
export function grab(region: Region, point: Point, tolerance: Point): Handle | null {
  const x = grabSpan(region.left, region.width, point.x, tolerance.x);
  const y = grabSpan(region.top, region.height, point.y, tolerance.y);
  return x === null || y === null ? null : { x, y };
}

function grabSpan(from: number, extent: number, at: number, tolerance: number): -1 | 0 | 1 | null {
  if (at < from - tolerance || at > from + extent + tolerance) return null;
  // On a region smaller than its own handles the nearer edge wins, and the far edge is for growing it.
  if (Math.abs(at - from - extent) <= tolerance) return 1;
  return Math.abs(at - from) <= tolerance ? -1 : 0;
}

/** Where the keyboard begins: the middle of the picture, half as wide and high. */
export function middleRegion(size: Size): Region {
  const width = Math.max(1, Math.round(size.width / 2));
  const height = Math.max(1, Math.round(size.height / 2));
  return {
    left: Math.floor((size.width - width) / 2),
    top: Math.floor((size.height - height) / 2),
    width,
    height,
  };
}

/** How far one key press moves: a 32nd of the picture, or one pixel. */
export function keyStep(size: Size, fine: boolean): Point {
  if (fine) return { x: 1, y: 1 };
  return { x: Math.max(1, Math.round(size.width / 32)), y: Math.max(1, Math.round(size.height / 32)) };
}

/** Cuts a region that was made for another picture; null where nothing of it is left. */
export function fitRegion(region: Region, size: Size): Region | null {
  if (region.left >= size.width || region.top >= size.height) return null;
  return {
    ...region,
    width: Math.min(region.width, size.width - region.left),
    height: Math.min(region.height, size.height - region.top),
  };
}

/** The region in words: `239 × 333 at 78, 239`. */
export function regionLabel(region: Region): string {
  return `${region.width} × ${region.height} at ${region.left}, ${region.top}`;
}
