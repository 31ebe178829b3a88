import { FileType, l10n, type QuickPickItem, Uri, window, workspace } from 'vscode';
import { type PixelScale, pixelScales } from '../../protocol/quantization';
import { browse } from './chosenModel';

const pictureName = /\.(?:png|jpe?g|webp|gif|tiff?|avif)$/i;
const tensorName = /\.(?:npy|json)$/i;

/**
 * Where samples for the ranges come from: null = the model's own set or random inputs, undefined = the person chose
 * nothing.
 * @param bareGraph the model brings no samples
 */
export async function pickCalibration(bareGraph: boolean): Promise<string | null | undefined> {
  const own = {
    label: bareGraph ? l10n.t('Random Inputs') : l10n.t("The Model's Own Samples"),
    choose: async () => null,
  };
  const folder = {
    label: l10n.t('$(folder-opened) Folder of Pictures or Tensors…'),
    choose: () => browse({ canSelectFolders: true, canSelectFiles: false }),
  };
  const file = {
    label: l10n.t('$(file) File of Tensors (.npy, .json)…'),
    choose: () => browse({ canSelectFiles: true, filters: { [l10n.t('Tensors')]: ['npy', 'json'] } }),
  };
  const picked = await window.showQuickPick([own, folder, file], { title: l10n.t('Calibration Samples') });
  return picked?.choose();
}

/**
 * Whether these samples are pictures, as the engine takes them: a suite, or a folder that holds pictures and no tensor.
 * False where there is nothing to look at, which the measurement will say.
 */
export async function holdsPictures(place: string): Promise<boolean> {
  if (/\.jsonl$/i.test(place)) return true;
  const entries = await workspace.fs.readDirectory(Uri.file(place)).then(
    found => found,
    () => [],
  );
  const files = entries.filter(([, type]) => (type & FileType.Directory) === 0).map(([name]) => name);
  return files.some(name => pictureName.test(name)) && !files.some(name => tensorName.test(name));
}

/**
 * How a graph takes pictures, which its file does not say. Undefined where the person chose nothing.
 * @param before what was chosen for it before
 */
export async function pickPixels(before: PixelScale | null): Promise<PixelScale | undefined> {
  const words: Record<PixelScale, string> = {
    unit: l10n.t('From 0 to 1'),
    signed: l10n.t('From -1 to 1'),
    imagenet: l10n.t("By ImageNet's mean and deviation"),
    byte: l10n.t('From 0 to 255, as bytes'),
  };
  const items = pixelScales.map((pixels): QuickPickItem & { pixels: PixelScale } => ({
    label: words[pixels],
    ...(pixels === before && { description: l10n.t('chosen before') }),
    pixels,
  }));
  items.sort((a, b) => Number(b.pixels === before) - Number(a.pixels === before));
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Numbers of a Pixel'),
    placeHolder: l10n.t('Choose how the model takes pictures: with another scale its figures mean nothing'),
  });
  return picked?.pixels;
}
