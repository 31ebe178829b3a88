import { type Colour, css, mix, over, parseColour } from '../colour';

/** How a run is drawn: colour and dashes, since colour is never the only carrier. */
export interface Stroke {
  readonly colour: string;
  readonly band: string;
  readonly dash: readonly number[];
  /** Parts of a stacked bar, in their order. */
  readonly parts: readonly string[];
}

/** The colours of charts, all from the theme. */
export interface Palette {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly heat: string;
  /** By the run's place in the list. */
  readonly runs: readonly Stroke[];
}

const dashes = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

/**
 * @param variable value of a CSS variable of the theme, '' where it has none
 * @param highContrast whether the theme is one of high contrast
 */
export function paletteOf(variable: (name: string) => string, highContrast: boolean): Palette {
  const first = (names: readonly string[], otherwise: Colour): Colour => {
    const found = names.map(name => parseColour(variable(name))).find(colour => colour !== null);
    return found ?? otherwise;
  };
  const background = first(['--vscode-editor-background'], { r: 255, g: 255, b: 255, a: 1 });
  const foreground = over(
    first(['--vscode-foreground', '--vscode-editor-foreground'], { r: 31, g: 31, b: 31, a: 1 }),
    background,
  );
  const muted = over(first(['--vscode-descriptionForeground'], foreground), background);
  const opaque = (colour: Colour) => ({ ...colour, a: 1 });
  const green = opaque(first(['--vscode-charts-green'], foreground));
  const blue = opaque(first(['--vscode-charts-blue'], foreground));
  const purple = opaque(first(['--vscode-charts-purple'], foreground));
  // The theme's orange is translucent in the default themes; a thin line of it is wanted whole.
  const heat = opaque(first(['--vscode-charts-orange', '--vscode-editorWarning-foreground'], foreground));
  const colours = [green, muted, blue, purple];
  return {
    background: css(background),
    foreground: css(foreground),
    muted: css(muted),
    grid: css(mix(background, foreground, highContrast ? 0.3 : 0.09)),
    heat: css(heat),
    runs: colours.map((colour, index) => ({
      colour: css(colour),
      band: translucent(colour, highContrast ? 0.35 : 0.16),
      dash: dashes[index] ?? [],
      parts: partShares.map(share => css(mix(background, colour, share))),
    })),
  };
}

/** From picture to overhead; neighbours differ enough to be told apart. */
const partShares = [0.35, 0.55, 1, 0.45, 0.75, 0.25];

/** Bands lie over each other and over the grid. */
function translucent({ r, g, b }: Colour, share: number): string {
  return `rgba(${r}, ${g}, ${b}, ${share})`;
}
