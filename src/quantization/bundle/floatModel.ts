import type { Bundle } from '../../bundle/bundle';
import { deriveGraphs } from '../../bundle/derive';
import { ModelGraphs } from '../../engine/modelGraphs';
import { defaultThreads } from '../../engine/onnxRuntime';
import type { OpenModel } from '../../engine/openModel';
import { decodePicture } from '../../engine/picture/decode';
import { readPictureFile } from '../../engine/picture/file';
import { resizePixels, toTensor } from '../../engine/picture/tensor';
import { readSettings } from '../../engine/settings';

/** The float model that decides what quantized graphs are fed with. */
export type FloatModel = Pick<OpenModel, 'graphs' | 'settings' | 'config'>;

/**
 * Opens a bundle in fp32; the caller closes its graphs.
 * @param threads inside one operator; 0 = chosen by the engine
 * @throws {StudioError} with what is wrong in the bundle
 */
export async function openFloatModel(bundle: Bundle, cacheDir: string, threads: number): Promise<FloatModel> {
  const paths = await deriveGraphs(bundle, 'fp32', cacheDir);
  const settings = await readSettings(bundle);
  const graphs = await ModelGraphs.open(paths, bundle.config, threads || defaultThreads());
  return { graphs, settings, config: bundle.config };
}

/**
 * A picture as the engine feeds it to the encoder.
 * @returns `pixel_values` [1, 3, size, size]
 * @throws {StudioError} as `readPictureFile` and `decodePicture` do
 */
export async function pixelsOf({ settings }: FloatModel, imagePath: string): Promise<Float32Array> {
  const pixels = await decodePicture(await readPictureFile(imagePath));
  return toTensor(await resizePixels(pixels, settings.picture), settings.picture);
}
