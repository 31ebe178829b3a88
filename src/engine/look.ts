import type { PromptEvent } from '../protocol/prompt';
import { type OpenModel, throwIfCancelled } from './openModel';
import { decodePicture } from './picture/decode';
import { readPictureFile } from './picture/file';
import { greyPixels, resizePixels, toTensor } from './picture/tensor';
import { pictureIdentity, type SeenPicture } from './pictureMemory';
import type { Stopwatch } from './stopwatch';
import type { PromptRequest } from './target';

/**
 * Brings a picture to the decoder's embeddings, or finds them where they were kept.
 * @returns the embeddings and the identity under which the decoder's memory knows the picture
 * @throws {StudioError} as `readPictureFile` and `decodePicture` do; `cancelled`
 */
export async function lookAt(
  model: OpenModel,
  request: PromptRequest,
  watch: Stopwatch,
  onEvent: (event: PromptEvent) => void,
  signal: AbortSignal,
): Promise<{ identity: string; picture: SeenPicture }> {
  const file = request.blind ? null : await readPictureFile(request.imagePath);
  const identity = file === null ? 'grey' : pictureIdentity(file.sha256, request.region);
  const report = (width: number, height: number, reused: boolean) =>
    onEvent({ type: 'image', width, height, ...inputSize(model), reused });
  const kept = model.pictures.get(identity);
  if (kept !== undefined) {
    report(kept.width, kept.height, true);
    return { identity, picture: kept };
  }
  const { picture: recipe } = model.settings;
  let bytes = greyPixels(recipe);
  let { width, height } = recipe;
  if (file !== null) {
    const pixels = await watch.stage('decodeImage', () => decodePicture(file, request.region));
    ({ width, height } = pixels);
    throwIfCancelled(signal);
    bytes = await watch.stage('resize', () => resizePixels(pixels, recipe));
  }
  report(width, height, false);
  throwIfCancelled(signal);
  const features = await watch.stage('encode', () => model.graphs.encode(toTensor(bytes, recipe)));
  throwIfCancelled(signal);
  const embeds = await watch.stage('project', () => model.graphs.project(features));
  const picture = { embeds, width, height };
  model.pictures.add(identity, picture);
  return { identity, picture };
}

function inputSize({ settings, config }: OpenModel) {
  const { width, height } = settings.picture;
  return { inputWidth: width, inputHeight: height, imageTokens: config.imageTokens };
}
