import * as v from 'valibot';
import { graphNames } from '../architecture/build';
import { calibrationMethods, errorFigureSchema } from '../protocol/quantization';
import { graphFileName } from './graphFiles';

/** What makes a folder an exported one: its graphs hold a recipe's quantizers, and the float weights are not there. */
export const exportFile = 'export.json';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a sha256 in hex'));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What an exported folder says about itself. Where it runs on a host, its arithmetic is a simulation of an NPU's. */
export const exportRecordSchema = v.object({
  madeBy: v.literal('autoneural quantize apply'),
  version: v.literal(1, 'the number 1: a newer program wrote it'),
  /** The float model: its name, the sha256 of its SHA256SUMS and of its weights. */
  model: v.object({ name: v.string(), sha256, weightsSha256: sha256 }),
  /** File name of the recipe when it was applied, and the sha256 of its text. */
  recipe: v.object({ name: v.string(), sha256 }),
  /** What the activations' ranges were found with. */
  ranges: v.object({
    source: v.picklist(['shipped', 'pictures']),
    method: v.picklist(calibrationMethods),
    samples: count,
  }),
  parameters: count,
  /** At each last output: what the simulation predicted, and what the written graphs gave in ONNX Runtime. */
  outputs: v.array(
    v.object({ graph: v.string(), predicted: errorFigureSchema, measured: errorFigureSchema }),
  ),
});
export type ExportRecord = v.InferOutput<typeof exportRecordSchema>;

/** Places of an exported folder's own files, relative to it. */
export const exportedFiles = {
  graph: (name: string): string => `onnx/${graphFileName(name)}`,
  encodings: (name: string): string => `onnx/${name}.encodings.json`,
  recipe: 'quantization/recipe.quant.yaml',
  ranges: 'quantization/recipe.ranges.json',
} as const;

/** Files that an exported folder cannot do without, besides those of every bundle. */
export const requiredOfExport: readonly string[] = [exportFile, ...graphNames.map(exportedFiles.graph)];
