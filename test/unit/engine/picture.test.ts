import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import sharp, { type Color, type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../src/engine/picture/decode';
import { readPictureFile } from '../../../src/engine/picture/file';
import { sniffFormat } from '../../../src/engine/picture/format';
import { greyPixels, type PictureRecipe, resizePixels, toTensor } from '../../../src/engine/picture/tensor';
import type { Region } from '../../../src/protocol/prompt';
import { hugePng, put, scratchFolder } from './pictures';

const folder = scratchFolder();
const recipe: PictureRecipe = {
  width: 8,
  height: 4,
  kernel: 'cubic',
  rescale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};
const orange = { r: 200, g: 100, b: 50 };

function solid(background: Color, width = 40, height = 20) {
  const channels = typeof background === 'object' && 'alpha' in background ? 4 : 3;
  return sharp({ create: { width, height, channels, background } });
}

async function decode(name: string, content: Buffer | string, region?: Region) {
  return decodePicture(await readPictureFile(put(folder, name, content)), region);
}

const pixel = (pixels: { data: Buffer }, index = 0) => [...pixels.data.subarray(3 * index, 3 * index + 3)];

async function noise(): Promise<Sharp> {
  const bytes = Buffer.from(
    Array.from({ length: 90 * 60 * 3 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
  );
  return sharp(bytes, { raw: { width: 90, height: 60, channels: 3 } });
}

describe('decoding', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'reads %s whatever its name',
    async format => {
      const pixels = await decode('picture.txt', await solid(orange).toFormat(format).toBuffer());
      expect([pixels.width, pixels.height, pixels.data.length]).toEqual([40, 20, 40 * 20 * 3]);
      for (const [i, value] of pixel(pixels).entries())
        expect(Math.abs(value - (Object.values(orange)[i] ?? 0))).toBeLessThan(4);
    },
  );

  it('turns a picture upright before the region is cut out', async () => {
    const redLeft = await solid('#000000')
      .composite([{ input: await solid('#ff0000', 10, 20).png().toBuffer(), left: 0, top: 0 }])
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const whole = await decode('turned.png', redLeft);
    expect([whole.width, whole.height]).toEqual([20, 40]);
    expect(pixel(whole)).toEqual([255, 0, 0]);
    const bottom = await decode('turned.png', redLeft, { left: 0, top: 10, width: 20, height: 30 });
    expect([bottom.height, ...pixel(bottom)]).toEqual([30, 0, 0, 0]);
  });

  it('lays transparency on white', async () => {
    expect(
      pixel(
        await decode(
          'half.png',
          await solid({ ...orange, alpha: 0.5 })
            .png()
            .toBuffer(),
        ),
      ),
    ).toEqual([227, 177, 152]);
    expect(
      pixel(
        await decode(
          'none.png',
          await solid({ ...orange, alpha: 0 })
            .png()
            .toBuffer(),
        ),
      ),
    ).toEqual([255, 255, 255]);
  });

  it.each([
    ['b-w', [90, 90, 90], 'png'],
    ['grey16', [90, 90, 90], 'png'],
    ['rgb16', [90, 90, 90], 'png'],
    ['cmyk', [90, 90, 90], 'tiff'],
  ] as const)('brings %s to 8-bit sRGB', async (space, colour, format) => {
    const picture = await solid('#5a5a5a').toColourspace(space).toFormat(format).toBuffer();
    const pixels = await decode(`${space}.${format}`, picture);
    expect(pixels.data.length).toBe(40 * 20 * 3);
    for (const [i, value] of pixel(pixels).entries())
      expect(Math.abs(value - colour[i as 0])).toBeLessThan(16);
  });

  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async format => {
    const frames = await Promise.all(['#ff0000', '#00ff00'].map(colour => solid(colour).raw().toBuffer()));
    const raw = { width: 40, height: 40, channels: 3 as const, pageHeight: 20 };
    const pixels = await decode(
      `moving.${format}`,
      await sharp(Buffer.concat(frames), { raw }).toFormat(format, { lossless: true }).toBuffer(),
    );
    expect([pixels.height, pixel(pixels)[0]]).toEqual([20, 255]);
  });

  it('cuts a region at the edge of the picture and refuses one outside', async () => {
    const picture = await solid(orange).png().toBuffer();
    const cut = await decode('edge.png', picture, { left: 30, top: 10, width: 100, height: 100 });
    expect([cut.width, cut.height]).toEqual([10, 10]);
    await expect(
      decode('edge.png', picture, { left: 40, top: 0, width: 5, height: 5 }),
    ).rejects.toMatchObject({
      kind: 'usage',
      message: 'The region at 40, 0 lies outside the picture, which is 40 x 20 pixels: choose it again.',
    });
  });
});

describe('bad pictures', () => {
  it('names a missing file', async () => {
    await expect(readPictureFile(path.join(folder, 'nowhere.png'))).rejects.toMatchObject({
      kind: 'file-missing',
      message: `There is no picture at ${path.join(folder, 'nowhere.png')}: check the path.`,
    });
  });

  it('refuses a folder', async () => {
    mkdirSync(path.join(folder, 'album'), { recursive: true });
    await expect(readPictureFile(path.join(folder, 'album'))).rejects.toMatchObject({
      kind: 'not-an-image',
      message: 'album is a folder, not a picture: name a picture file.',
    });
  });

  it.each([
    ['notes.png', 'just words', 'notes.png is text, which is not read'],
    [
      'drawing.png',
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
      'drawing.png is an SVG drawing, which is not read',
    ],
    ['paper.png', '%PDF-1.7', 'paper.png is a PDF document, which is not read'],
    [
      'old.bmp',
      Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]),
      'old.bmp is a BMP picture, which is not read',
    ],
    [
      'phone.heic',
      Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')]),
      'phone.heic is a HEIC picture, which is not read',
    ],
    ['bytes.jpg', Buffer.from([1, 2, 3, 4, 0, 0]), 'bytes.jpg is not a picture that can be read'],
    ['nothing.jpg', '', 'nothing.jpg is empty'],
  ])('refuses %s by its content', async (name, content, sentence) => {
    await expect(readPictureFile(put(folder, name, content))).rejects.toMatchObject({
      kind: 'not-an-image',
      message: `${sentence}: choose a PNG, JPEG, WebP, GIF, TIFF or AVIF picture.`,
    });
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'refuses a truncated %s in one sentence',
    async format => {
      const whole = await (await noise()).toFormat(format).toBuffer();
      for (const part of [0.1, 0.5, 0.9]) {
        const error = await decode(`cut.${format}`, whole.subarray(0, Math.floor(whole.length * part))).catch(
          e => e,
        );
        expect(error).toMatchObject({ kind: 'image-damaged' });
        expect(error.message).toMatch(/^cut\.\w+ is damaged or cut off, [^\n]+: get a whole copy of it\.$/);
      }
    },
  );

  it('refuses 20,000 x 20,000 pixels from the header, without decoding', async () => {
    const picture = hugePng(20_000, 20_000);
    await expect(decode('huge.png', picture)).rejects.toMatchObject({
      kind: 'image-too-large',
      message: 'huge.png is 20,000 x 20,000 pixels and at most 100 megapixels are read: scale it down first.',
    });
    // The same sentence for a file that ends after its header: nothing behind it was looked at.
    await expect(decode('header.png', picture.subarray(0, 60))).rejects.toMatchObject({
      kind: 'image-too-large',
    });
  });

  it('never throws anything but a StudioError at arbitrary bytes behind a magic number', async () => {
    const magics = [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'GIF89a',
      'II*\0',
      'RIFF....WEBP',
      '\0\0\0\x1cftypavif',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 400 }), async (magic, tail) => {
        const bytes = Buffer.concat([Buffer.from(magic, 'latin1'), tail]);
        const outcome = await decode('fuzz.bin', bytes).catch(error => error);
        expect(
          outcome.data instanceof Buffer ||
            ['not-an-image', 'image-damaged', 'image-too-large'].includes(outcome.kind),
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('sniffing', () => {
  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => {
        const sniffed = sniffFormat(Buffer.from(bytes));
        expect(sniffed.format === null ? true : bytes.length > 2).toBe(true);
      }),
    );
  });
});

describe('tensor', () => {
  it('resizes bytes exactly as one sharp pipeline from the file does', async () => {
    const file = put(folder, 'noise.png', await (await noise()).png().toBuffer());
    const direct = await sharp(file).resize(8, 4, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
    const staged = await resizePixels(await decodePicture(await readPictureFile(file)), recipe);
    expect(createHash('sha256').update(staged).digest('hex')).toBe(
      createHash('sha256').update(direct).digest('hex'),
    );
  });

  it('scales up, too, and from a single pixel', async () => {
    const bytes = await resizePixels({ data: Buffer.from([9, 8, 7]), width: 1, height: 1 }, recipe);
    expect(bytes).toEqual(Buffer.concat(Array.from({ length: 32 }, () => Buffer.from([9, 8, 7]))));
  });

  it('is planar, rescaled and normalized', () => {
    const bytes = Buffer.from(Array.from({ length: 96 }, (_, i) => i));
    const tensor = toTensor(bytes, { ...recipe, mean: [0.5, 0, 0], std: [0.5, 1, 2] });
    expect(tensor.length).toBe(96);
    expect(tensor[1]).toBe(Math.fround((3 / 255 - 0.5) / 0.5));
    expect(tensor[32 + 1]).toBe(Math.fround(4 / 255));
    expect(tensor[64 + 31]).toBe(Math.fround(95 / 255 / 2));
  });

  it('is 128 everywhere for a blind evaluation', () => {
    expect(new Set(greyPixels(recipe))).toEqual(new Set([128]));
    expect(toTensor(greyPixels(recipe), recipe)[0]).toBe(Math.fround(128 / 255));
  });
});
