import { paint, type Scene } from './paint';

/**
 * Draws a scene over the one drawn before. Where only the scroll position differs, the picture is moved and the rows
 * that came into view are drawn alone: most of the work of a frame is text, and this keeps it to a row or two.
 */
export function repaint(context: CanvasRenderingContext2D, before: Scene | null, scene: Scene): void {
  const { height, top } = scene.view;
  const moved = before && sameButTop(before, scene) ? top - before.view.top : null;
  const ratio = context.getTransform().a;
  const whole = (length: number) => Number.isInteger(length * ratio);
  // A picture moved by a part of a pixel would blur.
  if (moved === null || Math.abs(moved) >= height || !whole(moved) || !whole(height)) {
    paint(context, scene);
    return;
  }
  if (moved === 0) return;
  const { canvas } = context;
  context.drawImage(
    canvas,
    0,
    0,
    canvas.width,
    canvas.height,
    0,
    -moved,
    canvas.width / ratio,
    canvas.height / ratio,
  );
  paint(context, scene, moved > 0 ? { from: height - moved, to: height } : { from: 0, to: -moved });
}

function sameButTop(first: Scene, second: Scene): boolean {
  const { view: one, ...others } = first;
  const { view: other, ...rest } = second;
  const sameView = one.left === other.left && one.width === other.width && one.height === other.height;
  return sameView && (Object.keys(others) as (keyof typeof others)[]).every(key => others[key] === rest[key]);
}
