import type { Metadata } from 'sharp';
import { StudioError } from '../../protocol/failure';
import type { Region } from '../../protocol/prompt';
import type { PictureFile } from './file';
import { loadSharp } from './library';

/** A picture whose header promises more is refused before a pixel is decoded: 100 megapixels are 300 MB of RGB. */
export const maxPixels = 100_000_000;

/** A decoded picture: 8-bit sRGB, interleaved, upright. */
export interface Pixels {
  data: Buffer;
  width: number;
  height: number;
}

/**
 * Decodes a picture to 8-bit sRGB: EXIF orientation applied, transparency laid on white (as the Idefics image
 * processors of transformers do; dropping alpha would show colours that nobody sees), the first frame of an animation,
 * greyscale, CMYK and 16 bit converted.
 * @param region in pixels of the upright picture; its part outside the picture is cut off
 * @throws {StudioError} `image-too-large` from the header alone, `image-damaged`, `not-an-image`, or `usage` for a
 *   region outside the picture
 */
export async function decodePicture(file: PictureFile, region?: Region): Promise<Pixels> {
  const sharp = await loadSharp();
  const header = await readHeader(file);
  const upright = header.autoOrient;
  const crop = region === undefined ? undefined : clip(region, upright.width, upright.height);
  try {
    let pipeline = sharp(file.bytes, { failOn: 'error', limitInputPixels: maxPixels }).autoOrient();
    if (crop !== undefined) pipeline = pipeline.extract(crop);
    const { data, info } = await pipeline
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw damaged(file, error);
  }
}

async function readHeader(file: PictureFile): Promise<Metadata> {
  const sharp = await loadSharp();
  // Reads the header only, so the limit can be told with numbers instead of libvips's own sentence.
  const header = await sharp(file.bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw damaged(file, error);
    });
  const { width, height } = header.autoOrient;
  if (width * height > maxPixels) throw tooManyPixels(file.name, width, height);
  return header;
}

function clip(region: Region, width: number, height: number): Region {
  const right = Math.min(region.left + region.width, width);
  const bottom = Math.min(region.top + region.height, height);
  if (region.left < right && region.top < bottom)
    return { left: region.left, top: region.top, width: right - region.left, height: bottom - region.top };
  const at = `${region.left}, ${region.top}`;
  const message = `The region at ${at} lies outside the picture, which is ${width} x ${height} pixels: choose it again.`;
  throw new StudioError('usage', message);
}

function tooManyPixels(name: string, width: number, height: number): StudioError {
  const [w, h, limit] = [width, height, maxPixels / 1e6].map(number => number.toLocaleString('en-US'));
  return new StudioError(
    'image-too-large',
    `${name} is ${w} x ${h} pixels and at most ${limit} megapixels are read: scale it down first.`,
  );
}

function damaged(file: PictureFile, error: unknown): StudioError {
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const message = `${file.name} is damaged or cut off, its ${file.format} data cannot be decoded (${reason}): get a whole copy of it.`;
  return new StudioError('image-damaged', message, { cause: error });
}
