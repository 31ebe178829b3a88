import type { Theme } from './theme';

/** An exported picture, in CSS pixels. */
export const picturePage = { width: 1180, margin: 20 } as const;

interface Style {
  size?: number;
  muted?: boolean;
  bold?: boolean;
  /** In the colour of the page, on a filled ground. */
  ground?: boolean;
  /** Longer text is narrowed to it; the rest of the page where it is left out. */
  width?: number;
}

/** Draws a line of text in the page's font. @param middle height of its middle in CSS pixels */
export function drawText(
  context: CanvasRenderingContext2D,
  { palette, font }: Theme,
  text: string,
  left: number,
  middle: number,
  {
    size = 12,
    muted = false,
    bold = false,
    ground = false,
    width = picturePage.width - left - picturePage.margin,
  }: Style,
): void {
  context.font = `${bold ? 600 : 400} ${size}px ${font}`;
  context.fillStyle = ground ? palette.background : muted ? palette.muted : palette.foreground;
  context.textBaseline = 'middle';
  context.fillText(text, left, middle, width);
}
