import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { pageOf } from '../../../../webview-ui/quantization/exportPicture';
import { encodePng } from '../../../../webview-ui/quantization/model/png';

/** The picture as another program reads it: red, green, blue. */
async function decoded(png: Uint8Array) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data: [...data] };
}

it('writes files in which others find every point, however the picture is cut into strips', async () => {
  const size = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 12 }) });
  await fc.assert(
    fc.asyncProperty(
      size,
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.nat(255)),
      async (size, rows, bytes) => {
        const { width, height } = size;
        const points = Uint8ClampedArray.from(
          { length: width * height * 4 },
          () => bytes.next().value as number,
        );
        const length = width * 4 * rows;
        const strips = Array.from({ length: Math.ceil(points.length / length) }, (_, index) =>
          points.slice(index * length, (index + 1) * length),
        );
        const picture = await decoded(await encodePng(width, height, strips));
        expect(picture).toMatchObject({ width, height, channels: 3 });
        expect(picture.data).toEqual([...points].filter((_, index) => index % 4 < 3));
      },
    ),
    { numRuns: 60 },
  );
});

it('ends with what goes wrong on the way, and does not wait for ever', async () => {
  async function* failing() {
    yield new Uint8ClampedArray(16);
    throw new Error('stopped');
  }
  await expect(encodePng(4, 2, failing())).rejects.toThrow('stopped');
}, 5000);

it('lays rows out in columns that viewers can open, finely where there are few', () => {
  expect(pageOf(80, 1100)).toMatchObject({ columns: 1, rowsInColumn: 80, ratio: 2, width: 1132 });
  expect(pageOf(1300, 1100)).toMatchObject({ columns: 1, ratio: 1 });
  const wide = pageOf(5000, 1100);
  expect(wide).toMatchObject({ columns: 4, rowsInColumn: 1250, ratio: 1 });
  expect(pageOf(20_000, 1100)).toBeNull();
  for (let rows = 1; rows < 9000; rows += 97) {
    const page = pageOf(rows, 1100);
    if (!page) continue;
    expect(page.columns * page.rowsInColumn).toBeGreaterThanOrEqual(rows);
    expect(Math.max(page.width, page.height) * page.ratio).toBeLessThanOrEqual(32_000);
  }
});
