import type { Graph } from '../../onnx/model';
import { floatsOfConstant } from '../graph/constants';
import type { QuantizerPlan } from '../graph/placement';
import { type Encoding, integerRange } from '../numerics/affine';
import { quantizeWeights } from '../numerics/weightQuantizer';

/** One grid as AIMET's encodings 0.6.1 have it, which Qualcomm's converters read: `real = (integer + offset) * scale`. */
interface FileEncoding {
  readonly bitwidth: number;
  readonly dtype: 'int';
  readonly is_symmetric: 'True' | 'False';
  readonly min: number;
  readonly max: number;
  /** Of the lowest integer, in steps; never positive. */
  readonly offset: number;
  readonly scale: number;
}

/** Encodings by the name of the value or the constant, one for each scale. */
export interface EncodingsFile {
  readonly version: '0.6.1';
  readonly activation_encodings: Readonly<Record<string, readonly FileEncoding[]>>;
  readonly param_encodings: Readonly<Record<string, readonly FileEncoding[]>>;
}

/** The grids of a plan under the names of the float graph. Weights are read, one after the other. */
export function encodingsOf(graph: Graph, plan: QuantizerPlan): EncodingsFile {
  const activations = [...plan.activations].map(([name, encoding]) => [
    name,
    [fileEncoding(encoding, false)],
  ]);
  const parameters = graph.initializers.flatMap(tensor => {
    const weight = plan.weights.get(tensor.name);
    if (weight === undefined) return [];
    const { axis, settings } = weight;
    const { scales, zeroPoints } = quantizeWeights(floatsOfConstant(tensor), tensor.dims, axis, settings);
    const encodings = Array.from(scales, (scale, index) => {
      const grid = { scale, zeroPoint: zeroPoints?.[index] ?? 0, bits: settings.bits, signed: true };
      return fileEncoding(grid, settings.symmetric);
    });
    return [[tensor.name, encodings]];
  });
  return {
    version: '0.6.1',
    activation_encodings: Object.fromEntries(activations),
    param_encodings: Object.fromEntries(parameters),
  };
}

/** As JSON with one value or constant a line: one with every number on its own would be twice as large. */
export function encodingsText({ version, ...sections }: EncodingsFile): string {
  const parts = Object.entries(sections).map(([section, encodings]) => {
    const lines = Object.entries(encodings).map(
      ([name, grids]) => `  ${JSON.stringify(name)}: ${JSON.stringify(grids)}`,
    );
    return ` ${JSON.stringify(section)}: {\n${lines.join(',\n')}\n }`;
  });
  return `{\n "version": ${JSON.stringify(version)},\n${parts.join(',\n')}\n}\n`;
}

function fileEncoding({ scale, zeroPoint, bits, signed }: Encoding, symmetric: boolean): FileEncoding {
  const { lowest, highest } = integerRange(bits, signed);
  return {
    bitwidth: bits,
    dtype: 'int',
    is_symmetric: symmetric ? 'True' : 'False',
    min: (lowest - zeroPoint) * scale,
    max: (highest - zeroPoint) * scale,
    offset: lowest - zeroPoint,
    scale,
  };
}
