import path from 'node:path';
import type { ErrorFigure } from '../../protocol/quantization';
import { applyRecipe } from '../../quantization/recipe/apply';
import { usage } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { cacheFolder } from '../places';

/** Writes the quantized graphs of a recipe. */
export const quantizeApplyCommand: Command = {
  name: 'quantize apply',
  summary: 'write the graphs of a recipe with their encodings, and measure them',
  arguments: ['MODEL', 'RECIPE'],
  options: { out: { placeholder: 'DIR', description: 'folder to be made' } },
  notes: [
    'DIR gets a QDQ model a graph, which ONNX Runtime loads, and NAME.encodings.json as AIMET and QAIRT read it.',
  ],
  run: runApply,
};

async function runApply(given: Given, terminal: Terminal): Promise<void> {
  const out = given.values.get('out');
  if (out === undefined) throw usage('quantize apply needs a folder to make: --out DIR.');
  const [model = '', recipe = ''] = given.positionals.map(each => path.resolve(each));
  const params = { modelPath: model, recipePath: recipe, outDir: path.resolve(out) };
  const { files, outputs } = await applyRecipe(params, terminal.signal, {
    cacheDir: cacheFolder(),
    threads: 0,
  });
  for (const file of files) terminal.stdout.write(`${file}\n`);
  for (const { graph, predicted, measured } of outputs) {
    const difference =
      predicted.sqnrDb === null || measured.sqnrDb === null
        ? ''
        : `, ${Math.abs(measured.sqnrDb - predicted.sqnrDb).toFixed(2)} dB apart`;
    terminal.stdout.write(
      `${graph}: predicted ${decibels(predicted)}, measured ${decibels(measured)}${difference}\n`,
    );
  }
}

function decibels({ sqnrDb, exact }: ErrorFigure): string {
  return sqnrDb === null ? (exact ? 'exact' : 'no signal') : `${sqnrDb.toFixed(2)} dB`;
}
