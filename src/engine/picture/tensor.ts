import type { Pixels } from './decode';
import { loadSharp } from './library';

/** What the bundle's preprocessor_config.json asks for. */
export interface PictureRecipe {
  /** Pixels of the model's input. */
  width: number;
  height: number;
  /** PIL's resampling filter in sharp's terms. */
  kernel: 'nearest' | 'linear' | 'cubic' | 'lanczos3';
  /** Factor on the bytes, 1/255 to come to 0..1. */
  rescale: number;
  /** Per channel: (x * rescale - mean) / std. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/**
 * Scales a picture to the model's input size, its proportions given up as the processor does it.
 * @returns interleaved RGB bytes [height, width, 3]
 */
export async function resizePixels(pixels: Pixels, recipe: PictureRecipe): Promise<Buffer> {
  const sharp = await loadSharp();
  const raw = { width: pixels.width, height: pixels.height, channels: 3 as const };
  return sharp(pixels.data, { raw, limitInputPixels: false })
    .resize(recipe.width, recipe.height, { fit: 'fill', kernel: recipe.kernel })
    .raw()
    .toBuffer();
}

/** The grey picture that stands in for every picture of a blind evaluation: bytes [height, width, 3]. */
export function greyPixels(recipe: PictureRecipe): Buffer {
  return Buffer.alloc(recipe.width * recipe.height * 3, 128);
}

/** Interleaved RGB bytes [height, width, 3] -> planar floats [3, height, width], rescaled and normalized. */
export function toTensor(bytes: Buffer, recipe: PictureRecipe): Float32Array {
  const plane = recipe.width * recipe.height;
  const tensor = new Float32Array(3 * plane);
  for (const channel of [0, 1, 2] as const) {
    const { [channel]: mean } = recipe.mean;
    const { [channel]: std } = recipe.std;
    // A byte has 256 values: look them up, which also rounds each to float32 exactly once.
    const values = Float32Array.from({ length: 256 }, (_, byte) => (byte * recipe.rescale - mean) / std);
    for (let i = 0; i < plane; i++) tensor[channel * plane + i] = values[bytes[3 * i + channel] ?? 0] ?? 0;
  }
  return tensor;
}
