import { bytesOf } from '../onnx/graphBuilder';
import type { Graph, Node, Tensor } from '../onnx/model';

/** Codes 0 to 15 stand for -8 to 7, where `MatMulNBits` is given no zero points. */
const zeroPoint = 8;
/** Activations as int8 by block: the fastest that ONNX Runtime offers for these weights on a CPU. */
const accuracyLevel = 4;

const domain = 'com.microsoft';

export interface Int4Blocks {
  /** [columns, blocks, block size / 2]: two codes a byte, the earlier value in the low half. */
  readonly codes: Uint8Array;
  /** [columns, blocks] */
  readonly scales: Float32Array;
}

/**
 * Each column of a matrix in blocks that share a scale, as llama.cpp's Q4_0 has them: the value furthest from zero
 * becomes -8, so that its scale loses nothing on it; a block of zeros has scale 0. The last block is filled with zeros.
 * @param matrix [rows, columns]
 * @param blockSize values of a block: a power of two from 16
 */
export function int4Blocks(
  matrix: Float32Array,
  rows: number,
  columns: number,
  blockSize: number,
): Int4Blocks {
  const blockBytes = blockSize / 2;
  const blocks = Math.ceil(rows / blockSize);
  const codes = new Uint8Array(columns * blocks * blockBytes).fill(zeroPoint * 0x11);
  const scales = new Float32Array(columns * blocks);
  for (let column = 0; column < columns; column++) {
    for (let block = 0; block < blocks; block++) {
      const from = block * blockSize;
      const to = Math.min(from + blockSize, rows);
      let furthest = 0;
      for (let row = from; row < to; row++) {
        const value = matrix[row * columns + column] as number;
        if (Math.abs(value) > Math.abs(furthest)) furthest = value;
      }
      const slot = column * blocks + block;
      const scale = Math.fround(furthest / -8);
      scales[slot] = scale;
      if (scale === 0) continue;
      for (let row = from; row < to; row++) {
        const value = matrix[row * columns + column] as number;
        const code = Math.min(15, Math.max(0, Math.round(value / scale) + zeroPoint));
        const at = slot * blockBytes + ((row - from) >> 1);
        codes[at] =
          ((row - from) & 1) === 0
            ? ((codes[at] as number) & 0xf0) | code
            : ((codes[at] as number) & 0x0f) | (code << 4);
      }
    }
  }
  return { codes, scales };
}

/**
 * The graph with int4 weights in every product with a constant matrix (`MatMulNBits` of ONNX Runtime's contributed
 * operators, ContribOperators.md); nothing else changes. For speed on a host: it is no simulation of an NPU.
 * @param blockSize values that share a scale, along the axis that a product sums over
 */
export function withInt4Products(graph: Graph, blockSize: number): Graph {
  const tensors = new Map(graph.initializers.map(tensor => [tensor.name, tensor]));
  const replaced = new Set<string>();
  const made: Tensor[] = [];
  const nodes = graph.nodes.map(node => {
    const weight = tensors.get(node.inputs[1] ?? '');
    if (node.op !== 'MatMul' || weight?.type !== 'float32' || weight.dims.length !== 2) return node;
    if (!replaced.has(weight.name)) made.push(...packed(weight, blockSize));
    replaced.add(weight.name);
    return product(node, weight, blockSize);
  });
  const stillRead = new Set(nodes.flatMap(node => node.inputs));
  const initializers = [...graph.initializers.filter(({ name }) => stillRead.has(name)), ...made];
  return { ...graph, nodes, initializers, opsets: { ...graph.opsets, [domain]: 1 } };
}

function sizes({ dims }: Tensor, blockSize: number): { rows: number; columns: number; blocks: number } {
  const [rows = 0, columns = 0] = dims;
  return { rows, columns, blocks: Math.ceil(rows / blockSize) };
}

function product(node: Node, weight: Tensor, blockSize: number): Node {
  const { rows, columns } = sizes(weight, blockSize);
  const [input = ''] = node.inputs;
  return {
    ...node,
    op: 'MatMulNBits',
    domain,
    inputs: [input, `${weight.name}.int4`, `${weight.name}.scales`],
    attributes: {
      K: { int: rows },
      N: { int: columns },
      bits: { int: 4 },
      block_size: { int: blockSize },
      accuracy_level: { int: accuracyLevel },
    },
  };
}

/** Codes and scales of a weight; read anew for each of the two, so that no more than one matrix is in memory. */
function packed(weight: Tensor, blockSize: number): Tensor[] {
  const { rows, columns, blocks } = sizes(weight, blockSize);
  const blockBytes = blockSize / 2;
  const read = (): Int4Blocks => {
    const bytes = weight.data instanceof Uint8Array ? weight.data : weight.data.load();
    const matrix = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    return int4Blocks(matrix, rows, columns, blockSize);
  };
  return [
    {
      name: `${weight.name}.int4`,
      type: 'uint8',
      dims: [columns, blocks, blockBytes],
      data: { byteLength: columns * blocks * blockBytes, load: () => read().codes },
    },
    {
      name: `${weight.name}.scales`,
      type: 'float32',
      dims: [columns, blocks],
      data: { byteLength: 4 * columns * blocks, load: () => bytesOf(read().scales) },
    },
  ];
}
