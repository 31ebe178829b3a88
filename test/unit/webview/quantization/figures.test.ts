import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCell,
  formatDifference,
  formatSignificant,
  isBelow,
} from '../../../../webview-ui/quantization/model/figures';
import { barsOf } from '../../../../webview-ui/quantization/model/histogram';
import { cellGround, cellText, paletteOf } from '../../../../webview-ui/quantization/model/palette';
import { maxErrorRange, severity } from '../../../../webview-ui/quantization/model/severity';
import { contrast, mix, over, parseColour, strongestOn, textOn } from '../../../../webview-ui/shared/colour';
import { exact, figure, silent } from './drawn';

describe('what stands in a cell', () => {
  it('tells apart what is pending, out of place, exact and silent', () => {
    expect(formatCell(undefined, 'sqnr')).toBe('···');
    expect(formatCell(null, 'sqnr')).toBe('–');
    expect(formatCell(exact, 'sqnr')).toBe('exact');
    expect(formatCell(silent, 'sqnr')).toBe('silent');
    expect(formatCell(silent, 'rms')).toBe('silent');
  });

  it('has the digits of its metric', () => {
    const cell = figure(28);
    expect(formatCell(cell, 'sqnr')).toBe('28.0');
    expect(formatCell(cell, 'rms')).toBe('3.98');
    expect(formatCell(figure(-3.21), 'sqnr')).toBe('−3.2');
    expect(formatCell(figure(-0.04), 'sqnr')).toBe('0.0');
    expect(formatCell({ ...cell, cosine: 0.9999999 }, 'cosine')).toBe('0.99999');
    expect(formatCell({ ...cell, cosine: 1 }, 'cosine')).toBe('1.00000');
    expect([0, 0.000123, 0.562, 12.34, 999.7, 123456].map(formatSignificant)).toEqual([
      '0',
      '1.2e-4',
      '0.562',
      '12.3',
      '1000',
      '1.2e5',
    ]);
  });

  it('never needs more than nine characters, whatever is measured', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        expect(formatSignificant(value).length).toBeLessThanOrEqual(9);
      }),
    );
  });

  it('says how far a second model is from the first', () => {
    expect(formatDifference(figure(30), figure(32.04), 'sqnr')).toBe('+2.0');
    expect(formatDifference(figure(30), figure(27), 'sqnr')).toBe('−3.0');
    expect(formatDifference(figure(30), figure(30.01), 'sqnr')).toBe('±0');
    expect(formatDifference(exact, figure(30), 'sqnr')).toBeNull();
    expect(formatDifference(undefined, figure(30), 'sqnr')).toBeNull();
  });

  it('is below a limit only with a figure under it', () => {
    expect(
      [figure(29.99), figure(30), exact, silent, null, undefined].map(cell => isBelow(cell, 30)),
    ).toEqual([true, false, false, false, false, false]);
  });
});

describe('ink', () => {
  it('is the same for one error in SQNR, RMS and cosine', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 70, noNaN: true }), db => {
        const cell = figure(db);
        const bySqnr = severity(cell, 'sqnr', null);
        expect(severity(cell, 'rms', null)).toBeCloseTo(bySqnr, 6);
        expect(severity(cell, 'cosine', null)).toBeCloseTo(bySqnr, 3);
      }),
    );
  });

  it('grows as the figure falls, and is none for what is exact or has no figure', () => {
    const inks = [60, 45, 40, 30, 20, 15, 3].map(db => severity(figure(db), 'sqnr', null));
    expect(inks).toEqual([...inks].sort((a, b) => a - b));
    expect(inks[0]).toBe(0);
    expect(inks.at(-1)).toBe(1);
    for (const cell of [exact, silent, null, undefined]) expect(severity(cell, 'sqnr', null)).toBe(0);
  });

  it('of the max error spans the errors on show', () => {
    const cells = [exact, { ...figure(30), maxError: 0.01 }, { ...figure(30), maxError: 1 }, null, undefined];
    const range = maxErrorRange(cells);
    expect(range).toEqual({ min: 0.01, max: 1 });
    expect(severity({ ...figure(9), maxError: 0.1 }, 'maxError', range)).toBeCloseTo(0.5, 6);
    expect(maxErrorRange([exact, null])).toBeNull();
  });

  it('leaves every number readable, in every theme', () => {
    const channel = fc.integer({ min: 0, max: 255 });
    const colour = fc.record({ r: channel, g: channel, b: channel, a: fc.constant(1) });
    fc.assert(
      fc.property(
        colour,
        colour,
        colour,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (page, ink, heat, share) => {
          fc.pre(contrast(page, ink) >= 4.5);
          const hex = ({ r, g, b }: typeof page) => `rgb(${r}, ${g}, ${b})`;
          const palette = paletteOf(
            name =>
              name === '--vscode-editor-background'
                ? hex(page)
                : name === '--vscode-foreground'
                  ? hex(ink)
                  : name === '--vscode-charts-orange'
                    ? hex(heat)
                    : '',
            false,
          );
          const ground = cellGround(palette, share);
          expect(contrast(ground, cellText(palette, ground, share))).toBeGreaterThanOrEqual(4.5);
        },
      ),
    );
  });

  it('fills nothing in high contrast', () => {
    const palette = paletteOf(name => (name === '--vscode-editor-background' ? '#000' : ''), true);
    expect(cellGround(palette, 1)).toEqual(palette.background);
  });
});

describe('colours', () => {
  it('are read in every form that themes have', () => {
    expect(parseColour('#f80')).toEqual({ r: 255, g: 136, b: 0, a: 1 });
    expect(parseColour(' #EA5C0055')).toEqual({ r: 234, g: 92, b: 0, a: 1 / 3 });
    expect(parseColour('rgba(255, 255, 255, 0.7)')).toEqual({ r: 255, g: 255, b: 255, a: 0.7 });
    expect(parseColour('rgb(1 2 3 / 50%)')).toEqual({ r: 1, g: 2, b: 3, a: 0.5 });
    for (const none of ['', 'red', '#12345', 'rgb(1, 2)', 'rgb(a, b, c)'])
      expect(parseColour(none)).toBeNull();
  });

  it('mix, lie over each other and stand out as WCAG says', () => {
    const [black, white] = [parseColour('#000'), parseColour('#fff')];
    if (!black || !white) throw new Error('no colour');
    expect(contrast(black, white)).toBeCloseTo(21, 6);
    expect(mix(black, white, 0.5)).toEqual({ r: 128, g: 128, b: 128, a: 1 });
    expect(over({ ...white, a: 0.5 }, black)).toEqual(mix(black, white, 0.5));
    expect(strongestOn(white)).toEqual(black);
    expect(textOn(black, { r: 20, g: 20, b: 20, a: 1 })).toEqual(white);
  });
});

it('draws a bar for each bin that holds something, inside the drawing', () => {
  const counts = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(counts, counts, fc.integer({ min: 50, max: 900 }), (float, quantized, width) => {
      const bars = barsOf({ min: 0, max: 1, float, quantized }, width);
      expect(bars.float.length).toBe(float.filter(count => count > 0).length);
      for (const bar of [...bars.float, ...bars.quantized]) {
        expect(bar.share).toBeGreaterThan(0);
        expect(bar.share).toBeLessThanOrEqual(1);
        expect(bar.x).toBeGreaterThanOrEqual(-0.5);
        expect(bar.x + bar.width).toBeLessThanOrEqual(width + 0.5);
      }
    }),
  );
});
