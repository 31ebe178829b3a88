import { type Colour, css, mix, over, parseColour, strongestOn, textOn } from '../../shared/colour';

/** The colours of a drawing, all from the theme. */
export interface Palette {
  readonly background: Colour;
  readonly foreground: Colour;
  readonly muted: Colour;
  /** Grid lines between cells. */
  readonly line: Colour;
  readonly groupGround: Colour;
  readonly hoverGround: Colour;
  readonly focus: Colour;
  /** What a cell that hurts fully is filled with. */
  readonly heat: Colour;
  /** Cells are told apart by hatching and borders instead of by fill. */
  readonly highContrast: boolean;
  readonly float: Colour;
}

/** Used only outside an editor, where no theme is there. */
const fallback = { background: '#ffffff', foreground: '#1f1f1f', heat: '#ea5c00', focus: '#005fb8' };

/**
 * @param variable value of a CSS variable of the theme, '' where it has none
 * @param highContrast whether the theme is one of high contrast
 */
export function paletteOf(variable: (name: string) => string, highContrast: boolean): Palette {
  const first = (names: readonly string[], otherwise: string): Colour => {
    for (const name of names) {
      const colour = parseColour(variable(name));
      if (colour) return colour;
    }
    return parseColour(otherwise) ?? { r: 0, g: 0, b: 0, a: 1 };
  };
  const background = first(['--vscode-editor-background'], fallback.background);
  const foreground = over(
    first(['--vscode-foreground', '--vscode-editor-foreground'], fallback.foreground),
    background,
  );
  // The theme's orange is translucent in the default themes; as the end of a scale it is wanted whole.
  const heat = first(['--vscode-charts-orange', '--vscode-editorWarning-foreground'], fallback.heat);
  const line = first(['--vscode-panel-border', '--vscode-contrastBorder'], fallback.foreground);
  return {
    background,
    foreground,
    muted: over(first(['--vscode-descriptionForeground'], fallback.foreground), background),
    line: highContrast ? mix(background, foreground, 0.35) : over({ ...line, a: line.a * 0.8 }, background),
    groupGround: mix(background, foreground, highContrast ? 0 : 0.055),
    hoverGround: over(first(['--vscode-list-hoverBackground'], fallback.background), background),
    focus: over(first(['--vscode-focusBorder'], fallback.focus), background),
    heat: highContrast ? foreground : { ...heat, a: 1 },
    highContrast,
    float: over(first(['--vscode-charts-blue'], fallback.focus), background),
  };
}

/** Of the heat colour at most: white can still be read on it where the page is dark. */
const fullHeat = 0.78;

/** The fill of a cell that hurts by a share of 0 to 1; high contrast fills nothing. */
export function cellGround(palette: Palette, share: number): Colour {
  return palette.highContrast ? palette.background : mix(palette.background, palette.heat, share * fullHeat);
}

/** What a cell without ink of its own lies on. */
export type Ground = 'background' | 'groupGround' | 'hoverGround';

/** A cell's colours as a canvas takes them: its fill, its figure, and words that say less. */
export interface CellInk {
  readonly fill: string;
  readonly figure: string;
  readonly quiet: string;
}

/** Shares are told apart in steps that the eye cannot see. */
const shades = 512;
/** Below it a cell shows what it lies on. */
const leastInk = 0.02;
const inks = new WeakMap<Palette, Map<string, CellInk>>();

/** Colours of a cell that hurts by a share of 0 to 1; found once for each shade, since contrasts cost. */
export function cellInk(palette: Palette, share: number, ground: Ground): CellInk {
  const known = inks.get(palette) ?? new Map<string, CellInk>();
  inks.set(palette, known);
  const shade = Math.round(share * shades);
  const key = `${ground} ${shade}`;
  let ink = known.get(key);
  if (!ink) {
    const inked = share > leastInk && !palette.highContrast;
    const fill = inked ? cellGround(palette, shade / shades) : palette[ground];
    const figure = cellText(palette, fill, shade / shades);
    ink = { fill: css(fill), figure: css(figure), quiet: css(textOn(fill, palette.muted)) };
    known.set(key, ink);
  }
  return ink;
}

/** Text on such a fill: the more ink, the nearer to black or white, so that neighbours do not flicker. */
export function cellText(palette: Palette, ground: Colour, share: number): Colour {
  const { foreground, highContrast } = palette;
  if (highContrast) return foreground;
  return textOn(ground, mix(foreground, strongestOn(ground), Math.min(share * 2.5, 1)));
}
