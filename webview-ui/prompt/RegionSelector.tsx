import { useRef, useState } from 'preact/hooks';
import type { Region } from '../../src/protocol/prompt';
import {
  dragRegion,
  grab,
  type Handle,
  keyStep,
  middleRegion,
  moveRegion,
  type Point,
  regionBetween,
  regionLabel,
  resizeRegion,
  type Size,
} from './regionGeometry';

interface Props {
  name: string;
  src: string;
  /** Null until the picture has loaded. */
  size: Size | null;
  region: Region | null;
  onSize: (size: Size | null) => void;
  onRegion: (region: Region | null) => void;
}

/** A press that moved less than this is a click, in CSS pixels. */
const clickSlack = 3;
/** How near an edge counts as the edge, in CSS pixels. */
const edgeSlack = 6;

interface Drag {
  start: Point;
  /** Null draws a new region. */
  handle: Handle | null;
  before: Region | null;
  moved: boolean;
}

type FramePointer = PointerEvent & { currentTarget: HTMLElement };

/** The picture, scaled to fit, with the region that the next question is about: drawn by mouse or by arrow keys. */
export function RegionSelector({ name, src, size, region, onSize, onRegion }: Props) {
  const drag = useRef<Drag | null>(null);
  const [cursor, setCursor] = useState('crosshair');

  const onPointerDown = (event: FramePointer) => {
    if (!size || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = locate(event, size);
    const handle = region && grab(region, at.point, at.slack);
    drag.current = { start: at.point, handle, before: region, moved: false };
  };
  const onPointerMove = (event: FramePointer) => {
    if (!size) return;
    const { point, slack, scale } = locate(event, size);
    const now = drag.current;
    if (!now) {
      setCursor(cursorFor(region && grab(region, point, slack)));
      return;
    }
    const by = { x: point.x - now.start.x, y: point.y - now.start.y };
    now.moved ||= Math.hypot(by.x * scale.x, by.y * scale.y) > clickSlack;
    if (!now.moved) return;
    onRegion(
      now.handle && now.before
        ? dragRegion(now.before, now.handle, by, size)
        : regionBetween(now.start, point, size),
    );
  };
  const onLostPointerCapture = () => {
    const ended = drag.current;
    drag.current = null;
    // A click beside the region takes it away; a click on it was a drag that never began.
    if (ended && !ended.moved && !ended.handle) onRegion(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!size) return;
    const direction = arrows[event.key];
    if (direction) {
      event.preventDefault();
      const step = keyStep(size, event.ctrlKey || event.metaKey);
      const by = { x: direction.x * step.x, y: direction.y * step.y };
      if (!region) onRegion(middleRegion(size));
      else if (event.shiftKey) onRegion(resizeRegion(region, { x: 1, y: 1 }, by, size));
      else onRegion(moveRegion(region, by, size));
    } else if (region && (event.key === 'Escape' || event.key === 'Delete' || event.key === 'Backspace')) {
      event.preventDefault();
      event.stopPropagation();
      onRegion(null);
    }
  };

  return (
    <div
      class="frame"
      style={frameStyle(size, cursor)}
      // The arrow keys belong to the picture here, which is what this role tells a screen reader.
      role="application"
      aria-roledescription="picture"
      aria-label={`${name}${region ? `, region ${regionLabel(region)}` : ''}`}
      aria-describedby="region-hint"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the role makes it interactive
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onLostPointerCapture={onLostPointerCapture}
      onKeyDown={onKeyDown}
    >
      <img
        src={src}
        alt=""
        draggable={false}
        onLoad={event =>
          onSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
        }
        onError={() => onSize(null)}
      />
      {region && size && <div class="region" style={regionStyle(region, size)} />}
    </div>
  );
}

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** A pointer in pixels of the picture, with the slack of an edge there and CSS pixels a picture pixel. */
function locate(event: FramePointer, size: Size) {
  const box = event.currentTarget.getBoundingClientRect();
  const scale = { x: box.width / size.width, y: box.height / size.height };
  return {
    point: { x: (event.clientX - box.left) / scale.x, y: (event.clientY - box.top) / scale.y },
    slack: { x: edgeSlack / scale.x, y: edgeSlack / scale.y },
    scale,
  };
}

function cursorFor(handle: Handle | null): string {
  if (!handle) return 'crosshair';
  if (handle.x === 0 && handle.y === 0) return 'move';
  if (handle.x === 0) return 'ns-resize';
  if (handle.y === 0) return 'ew-resize';
  return handle.x === handle.y ? 'nwse-resize' : 'nesw-resize';
}

/** As wide as fits, but no picture is blown up beyond four times its size. */
function frameStyle(size: Size | null, cursor: string) {
  if (!size) return { cursor };
  return {
    cursor,
    aspectRatio: `${size.width} / ${size.height}`,
    '--ratio': String(size.width / size.height),
    '--widest': `${Math.max(4 * size.width, 64)}px`,
  };
}

function regionStyle(region: Region, size: Size) {
  return {
    left: `${(100 * region.left) / size.width}%`,
    top: `${(100 * region.top) / size.height}%`,
    width: `${(100 * region.width) / size.width}%`,
    height: `${(100 * region.height) / size.height}%`,
  };
}
