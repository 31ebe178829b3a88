import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { UnitDetail } from '../../src/protocol/quantization';
import { css } from '../shared/colour';
import { prepareCanvas } from './canvas';
import { formatSignificant } from './model/figures';
import { type Bar, barsOf } from './model/histogram';
import type { Theme } from './theme';

const height = 112;

/** Values of the float run as filled bars, of the quantized run as lines over them. */
export function Histogram({ detail, theme }: { detail: UnitDetail; theme: Theme }) {
  const { histogram, range } = detail;
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  useLayoutEffect(() => {
    const context = canvas.current && prepareCanvas(canvas.current, width, height);
    if (!context) return;
    const { palette } = theme;
    context.fillStyle = css(palette.groupGround);
    context.fillRect(0, 0, width, height);
    const bars = barsOf(histogram, width);
    context.fillStyle = css(palette.float);
    for (const bar of bars.float) fillBar(context, bar);
    context.fillStyle = css(palette.heat);
    for (const bar of bars.quantized) fillBar(context, bar);
    paintLimits(context, detail, width, css(palette.foreground));
  }, [histogram, range, detail, theme, width]);
  const clipped =
    range.clippedShare > 0 ? `${formatSignificant(100 * range.clippedShare)} % clipped` : 'nothing clipped';
  return (
    <figure class="histogram">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Histogram from ${formatSignificant(histogram.min)} to ${formatSignificant(histogram.max)}, ${clipped}`}
      />
      <figcaption>
        <span>{formatSignificant(histogram.min)}</span>
        <span class="legend">
          <span class="swatch float" /> float <span class="swatch quantized" /> quantized
        </span>
        <span>{formatSignificant(histogram.max)}</span>
      </figcaption>
    </figure>
  );
}

function fillBar(context: CanvasRenderingContext2D, { x, width, share }: Bar) {
  const length = Math.max(share * (height - 6), 1);
  context.fillRect(x, height - length, width, length);
}

/** Dashed lines where the chosen range ends inside the values. */
function paintLimits(
  context: CanvasRenderingContext2D,
  { histogram, range }: UnitDetail,
  width: number,
  ink: string,
) {
  const { min, max } = histogram;
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const limit of [range.chosenMin, range.chosenMax]) {
    if (limit <= min || limit >= max) continue;
    const x = Math.round(((limit - min) / (max - min)) * width) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
  context.setLineDash([]);
}

function useWidth(canvas: { current: HTMLCanvasElement | null }): number {
  const [width, setWidth] = useState(300);
  useLayoutEffect(() => {
    const box = canvas.current;
    if (!box) return;
    const read = () => setWidth(box.clientWidth);
    read();
    const observer = new ResizeObserver(read);
    observer.observe(box);
    return () => observer.disconnect();
  }, [canvas]);
  return width;
}
