import { bytesOf } from '../onnx/graphBuilder';
import type { Graph, Node, Tensor } from '../onnx/model';

/**
 * Largest code of a weight: 7 bits of 8. Processors without VNNI add pairs of uint8 * int8 products in 16 bits, which
 * 255 * 63 * 2 still fits (onnxruntime.ai, "Quantize ONNX models": `reduce_range`), so answers are equal everywhere.
 */
const largestWeightCode = 63;
/** Activations are int8 in effect, and uint8 around this zero point in form: the form that has fast products. */
const zeroPoint = 128;
const largestActivationCode = 127;
/** Below every scale that occurs; a row of zeros stays zeros instead of becoming 0 / 0. */
const smallestScale = 1e-30;

const domain = 'com.microsoft';

export interface Int8Columns {
  /** [rows, columns], -63 to 63 */
  readonly codes: Int8Array;
  /** [columns] */
  readonly scales: Float32Array;
}

/**
 * A matrix with one scale for each column, symmetric; a column of zeros has scale 0.
 * @param matrix [rows, columns]
 */
export function int8Columns(matrix: Float32Array, rows: number, columns: number): Int8Columns {
  const scales = new Float32Array(columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const size = Math.abs(matrix[row * columns + column] as number);
      if (size > (scales[column] as number)) scales[column] = size;
    }
  for (const [column, largest] of scales.entries()) scales[column] = largest / largestWeightCode;
  const codes = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const scale = scales[column] as number;
      if (scale === 0) continue;
      const code = Math.round((matrix[at] as number) / scale);
      codes[at] = Math.min(largestWeightCode, Math.max(-largestWeightCode, code));
    }
  return { codes, scales };
}

/**
 * The graph with int8 weights in every product of a value [1, rows, inputs] with a constant matrix, but for those that
 * `keeps` names; each row of the value is made int8 with a scale of its own while the graph runs. Pays where many rows
 * are read at once: a prompt. For speed on a host: it is no simulation of an NPU.
 * Operators: `QuantizeLinear` and, of ONNX Runtime's contributed ones (ContribOperators.md), `MatMulIntegerToFloat`.
 */
export function withInt8Products(graph: Graph, keeps: (node: Node) => boolean): Graph {
  const tensors = new Map(graph.initializers.map(tensor => [tensor.name, tensor]));
  const made = new Map<string, Tensor>(shared.map(tensor => [tensor.name, tensor]));
  const quantized = new Set<string>();
  const nodes = graph.nodes.flatMap(node => {
    const weight = tensors.get(node.inputs[1] ?? '');
    if (node.op !== 'MatMul' || weight?.type !== 'float32' || weight.dims.length !== 2 || keeps(node))
      return [node];
    const [input = ''] = node.inputs;
    if (!made.has(`${weight.name}.int8`)) for (const part of packed(weight)) made.set(part.name, part);
    const rowsOfInput = quantized.has(input) ? [] : rowQuantizer(input);
    quantized.add(input);
    return [...rowsOfInput, ...product(node, input, weight.name)];
  });
  const read = new Set(nodes.flatMap(node => node.inputs));
  const kept = graph.initializers.filter(({ name }) => read.has(name));
  return {
    ...graph,
    nodes,
    initializers: [...kept, ...made.values()],
    opsets: { ...graph.opsets, [domain]: 1 },
  };
}

const names = {
  one: 'int8.one',
  lastAxis: 'int8.lastAxis',
  anyLength: 'int8.anyLength',
  step: 'int8.step',
  smallest: 'int8.smallestScale',
  zero: 'int8.zeroPoint',
};
const float = (name: string, value: number): Tensor => ({
  name,
  type: 'float32',
  dims: [],
  data: bytesOf(Float32Array.of(value)),
});
const list = (name: string, value: number): Tensor => ({
  name,
  type: 'int64',
  dims: [1],
  data: bytesOf(BigInt64Array.of(BigInt(value))),
});
const zeroPointTensor: Tensor = {
  name: names.zero,
  type: 'uint8',
  dims: [],
  data: Uint8Array.of(zeroPoint),
};
/** What all products share. */
const shared: readonly Tensor[] = [
  float(names.one, 1),
  float(names.step, 1 / largestActivationCode),
  float(names.smallest, smallestScale),
  list(names.lastAxis, -1),
  list(names.anyLength, -1),
  zeroPointTensor,
];

/** `X.rowScale` [1, rows, 1] and `X.int8` [1, rows, inputs] of a value X, for all products that read it. */
function rowQuantizer(value: string): Node[] {
  const node = (
    part: string,
    op: string,
    inputs: readonly string[],
    attributes: Node['attributes'] = {},
  ): Node => ({
    name: `${value}.${part}`,
    op,
    domain: '',
    inputs,
    outputs: [`${value}.${part}`],
    attributes,
  });
  return [
    node('sizes', 'Abs', [value]),
    node('rowLargest', 'ReduceMax', [`${value}.sizes`, names.lastAxis], { keepdims: { int: 1 } }),
    node('rowStep', 'Mul', [`${value}.rowLargest`, names.step]),
    node('rowScale', 'Max', [`${value}.rowStep`, names.smallest]),
    node('rowScales', 'Reshape', [`${value}.rowScale`, names.anyLength]),
    node('rowCount', 'Shape', [`${value}.rowScales`]),
    node('rowZeros', 'ConstantOfShape', [`${value}.rowCount`], {
      value: { tensor: { ...zeroPointTensor, dims: [1] } },
    }),
    node('int8', 'QuantizeLinear', [value, `${value}.rowScales`, `${value}.rowZeros`], { axis: { int: 1 } }),
  ];
}

function product(node: Node, input: string, weight: string): Node[] {
  const unscaled = `${node.name}.unscaled`;
  return [
    {
      ...node,
      op: 'MatMulIntegerToFloat',
      domain,
      inputs: [`${input}.int8`, `${weight}.int8`, names.one, `${weight}.columnScales`, names.zero],
      outputs: [unscaled],
    },
    {
      name: `${node.name}.rowScaled`,
      op: 'Mul',
      domain: '',
      inputs: [unscaled, `${input}.rowScale`],
      outputs: node.outputs,
      attributes: {},
    },
  ];
}

/** Codes and scales of a weight; read anew for each of the two, so that no more than one matrix is in memory. */
function packed(weight: Tensor): Tensor[] {
  const [rows = 0, columns = 0] = weight.dims;
  const read = (): Int8Columns => {
    const bytes = weight.data instanceof Uint8Array ? weight.data : weight.data.load();
    return int8Columns(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4), rows, columns);
  };
  return [
    {
      name: `${weight.name}.int8`,
      type: 'int8',
      dims: [rows, columns],
      data: { byteLength: rows * columns, load: () => new Uint8Array(read().codes.buffer) },
    },
    {
      name: `${weight.name}.columnScales`,
      type: 'float32',
      dims: [columns],
      data: { byteLength: 4 * columns, load: () => bytesOf(read().scales) },
    },
  ];
}
