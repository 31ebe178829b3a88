/** Red, green and blue in 0…255 and opacity in 0…1. */
export interface Colour {
  r: number;
  g: number;
  b: number;
  a: number;
}

/** Reads `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()` and `rgba()`, which is all that themes resolve to; else null. */
export function parseColour(text: string): Colour | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text.trim())?.[1];
  if (hex) return fromHex(hex);
  const parts = /^rgba?\(([^)]+)\)$/i
    .exec(text.trim())?.[1]
    ?.split(/[\s,/]+/)
    .filter(part => part !== '');
  if (!parts || parts.length < 3) return null;
  const [r, g, b] = parts.map(Number);
  const alpha = parts[3];
  const a = alpha === undefined ? 1 : alpha.endsWith('%') ? Number(alpha.slice(0, -1)) / 100 : Number(alpha);
  if (r === undefined || g === undefined || b === undefined) return null;
  return [r, g, b, a].every(Number.isFinite) ? { r, g, b, a } : null;
}

function fromHex(hex: string): Colour | null {
  const long = hex.length <= 4 ? [...hex].map(digit => digit + digit).join('') : hex;
  if (long.length !== 6 && long.length !== 8) return null;
  const at = (index: number) => Number.parseInt(long.slice(index, index + 2), 16);
  return { r: at(0), g: at(2), b: at(4), a: long.length === 8 ? at(6) / 255 : 1 };
}

/** From `from` (share 0) to `to` (share 1), opaque. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  const between = (a: number, b: number) => Math.round(a + (b - a) * share);
  return { r: between(from.r, to.r), g: between(from.g, to.g), b: between(from.b, to.b), a: 1 };
}

/** What a translucent colour looks like on a page of another. */
export function over(colour: Colour, page: Colour): Colour {
  return mix(page, colour, colour.a);
}

export function css({ r, g, b }: Colour): string {
  return `rgb(${r}, ${g}, ${b})`;
}

/** Contrast ratio of WCAG 2.2 between opaque colours, 1 to 21. */
export function contrast(first: Colour, second: Colour): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance({ r, g, b }: Colour): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

const black: Colour = { r: 0, g: 0, b: 0, a: 1 };
const white: Colour = { r: 255, g: 255, b: 255, a: 1 };

/** The theme's text colour where it can be read on the ground (contrast 4.5), else black or white. */
export function textOn(ground: Colour, preferred: Colour): Colour {
  return contrast(ground, preferred) >= 4.5 ? preferred : strongestOn(ground);
}

/** Black or white, whichever stands out more. */
export function strongestOn(ground: Colour): Colour {
  return contrast(ground, white) >= contrast(ground, black) ? white : black;
}
