import { decodePicture } from '../../engine/picture/decode';
import { readPictureFile } from '../../engine/picture/file';
import { resizePixels } from '../../engine/picture/tensor';
import { StudioError } from '../../protocol/failure';
import type { PixelScale } from '../../protocol/quantization';
import type { Feeds, InputSpec } from './feeds';
import { requireSizes } from './randomSamples';

type Rgb = readonly [number, number, number];

/** (byte * rescale - mean) / std; ImageNet's figures are those of torchvision. */
const scales: Readonly<
  Record<PixelScale, { readonly rescale: number; readonly mean: Rgb; readonly std: Rgb }>
> = {
  unit: { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  signed: { rescale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  imagenet: { rescale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  byte: { rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
};
/** ITU-R BT.601, as PIL makes grey of RGB. */
const luma: Rgb = [0.299, 0.587, 0.114];

/** An input that takes one picture. */
export interface PictureInput {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** 3: RGB, 1: grey. */
  readonly channels: 1 | 3;
  /** [1, channels, height, width], or [1, height, width, channels]. */
  readonly channelsFirst: boolean;
}

/**
 * The one input of a graph that takes a picture.
 * @param inputs those that no value was given for
 * @param shapes sizes that were asked for, by input name
 * @throws {StudioError} `usage` where there is no such input, or sizes are missing
 */
export function pictureInputOf(
  inputs: readonly InputSpec[],
  shapes: Readonly<Record<string, readonly number[]>>,
): PictureInput {
  const [input, ...others] = inputs.filter(({ type, dims }) => type === 'float32' && dims.length === 4);
  if (input === undefined || others.length > 0) {
    const found = inputs.map(({ name, type, dims }) => `${name} ${type} (${dims.join(', ')})`).join('; ');
    const message = `Pictures fit a model with one fp32 input of four axes, and this one has ${found}: give .npy or .json tensors.`;
    throw new StudioError('usage', message);
  }
  requireValues(inputs.filter(each => each !== input));
  requireSizes([input], shapes);
  const sizes = (shapes[input.name] ?? input.dims).map(Number);
  const [batch = 0, second = 0, third = 0, fourth = 0] = sizes;
  const channelsFirst = second === 3 || (second === 1 && fourth !== 3);
  const channels = channelsFirst ? second : fourth;
  if (batch !== 1 || (channels !== 1 && channels !== 3)) {
    const message = `The input ${input.name} has the sizes ${sizes.join(', ')}, which are not those of one picture: give .npy or .json tensors.`;
    throw new StudioError('usage', message);
  }
  const [height, width] = channelsFirst ? [third, fourth] : [second, third];
  return { name: input.name, width, height, channels, channelsFirst };
}

/** What is no picture has to be a number that is the same beside every picture. */
function requireValues(inputs: readonly InputSpec[]): void {
  const valueInputs = inputs.map(({ name, type }) => ({ name, type }));
  if (valueInputs.length === 0) return;
  const names = valueInputs.map(({ name }) => name).join(', ');
  const message = `Pictures say nothing of ${names}: give a number for each such input, or .npy or .json tensors for all.`;
  throw new StudioError('usage', message, { asks: { valueInputs } });
}

/**
 * A picture scaled to an input, its proportions given up.
 * @throws {StudioError} as `readPictureFile` and `decodePicture` do
 */
export async function pictureFeeds(
  input: PictureInput,
  imagePath: string,
  scale: PixelScale,
): Promise<Feeds> {
  const { name, width, height, channels, channelsFirst } = input;
  const recipe = { width, height, kernel: 'linear', ...scales[scale] } as const;
  const bytes = await resizePixels(await decodePicture(await readPictureFile(imagePath)), recipe);
  const data = new Float32Array(channels * width * height);
  const plane = width * height;
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = channels === 3 ? (bytes[3 * pixel + channel] ?? 0) : grey(bytes, 3 * pixel);
      const at = channelsFirst ? channel * plane + pixel : channels * pixel + channel;
      data[at] = (value * recipe.rescale - (recipe.mean[channel] ?? 0)) / (recipe.std[channel] ?? 1);
    }
  }
  const dims = channelsFirst ? [1, channels, height, width] : [1, height, width, channels];
  return { [name]: { type: 'float32', dims, data } };
}

function grey(bytes: Uint8Array, at: number): number {
  return luma.reduce((sum, weight, channel) => sum + weight * (bytes[at + channel] ?? 0), 0);
}
