import path from 'node:path';
import type { ApplyResult, ErrorFigure } from '../../protocol/quantization';
import { applyRecipe } from '../../quantization/recipe/apply';
import { usage } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { cacheFolder } from '../places';
import { Progress } from '../progress';
import { fedWith, inputOptions, sampleOptions } from '../sampleOptions';

/** Writes the quantized model of a recipe. */
export const quantizeApplyCommand: Command = {
  name: 'quantize apply',
  summary: 'write the quantized model of a recipe, and measure what was written',
  arguments: ['MODEL', 'RECIPE'],
  options: {
    out: { placeholder: 'DIR', description: 'folder to be made' },
    ...sampleOptions,
    ...inputOptions,
  },
  notes: [
    'Of a model folder DIR becomes a model folder as well, which "autoneural prompt" takes with --model: QDQ graphs in\nonnx/ with their encodings as AIMET and QAIRT read them, tokenizer and settings, the recipe and its ranges,\nSHA256SUMS; no float weights. Of an .onnx file DIR gets NAME.onnx and NAME.encodings.json.',
    "Without --calibration the ranges are those that ship with the model, where the recipe calibrates by minmax.\nThe prediction is the simulation's, the measurement is ONNX Runtime's on the written graphs; of a decoder both are of\nthe logits behind the last token.",
  ],
  run: runApply,
};

const sources: Readonly<Record<ApplyResult['ranges']['source'], string>> = {
  shipped: 'samples that ship with the model',
  pictures: 'samples of --calibration',
  tensors: 'samples of --calibration',
  random: 'random samples',
};

async function runApply(given: Given, terminal: Terminal): Promise<void> {
  const out = given.values.get('out');
  if (out === undefined) throw usage('quantize apply needs a folder to make: --out DIR.');
  const [modelPath = '', recipePath = ''] = given.positionals.map(each => path.resolve(each));
  const params = {
    modelPath,
    recipePath,
    outDir: path.resolve(out),
    ...fedWith(given),
  };
  const progress = new Progress(terminal.stderr);
  const startedAt = performance.now();
  try {
    const result = await applyRecipe(
      params,
      event => {
        if (event.type !== 'status') return;
        progress.show(event.total > 0 ? `${event.message} (${event.done} of ${event.total})` : event.message);
      },
      terminal.signal,
      { cacheDir: cacheFolder(), threads: 0 },
    );
    progress.clear();
    terminal.stdout.write(summary(result, out, (performance.now() - startedAt) / 1000));
  } finally {
    progress.clear();
  }
}

function summary({ files, bytes, ranges, outputs, promptable }: ApplyResult, out: string, seconds: number) {
  const lines = [
    `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, in ${out} after ${seconds.toFixed(1)} s; ranges by ${ranges.method} over ${ranges.samples} ${sources[ranges.source]}.`,
    ...outputs.map(outputLine),
    ...(outputs.length === 0 ? ['Nothing was measured on it: its weights are random.'] : []),
    ...(outputs.length > 0 && ranges.source === 'random'
      ? ['The inputs are random: the figures say nothing about accuracy.']
      : []),
    ...(promptable ? [`Ask it with: autoneural prompt IMAGE "QUESTION" --model ${out}`] : []),
  ];
  return lines.map(line => `${line}\n`).join('');
}

function outputLine({ graph, predicted, measured }: ApplyResult['outputs'][number]): string {
  const apart =
    predicted.sqnrDb === null || measured.sqnrDb === null
      ? ''
      : `, ${Math.abs(measured.sqnrDb - predicted.sqnrDb).toFixed(2)} dB apart`;
  return `${graph}: predicted ${decibels(predicted)}, measured ${decibels(measured)}${apart}`;
}

function decibels({ sqnrDb, exact }: ErrorFigure): string {
  return sqnrDb === null ? (exact ? 'exact' : 'no signal') : `${sqnrDb.toFixed(2)} dB`;
}
