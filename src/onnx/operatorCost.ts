import { product, type Shape } from './shapes/sizes';
import { operatorName, type StructureNode, type StructureTensor } from './structure';

/** Multiply-accumulates of a node, or why they are not known. */
export type Macs = { readonly macs: number } | { readonly macs: null; readonly reason: string };

/** Whether the node runs graphs of its own, whose nodes and weights are not looked at. */
export function holdsSubgraph(node: StructureNode): boolean {
  return Object.values(node.attributes).some(value => 'other' in value && value.other === 'subgraph');
}

/**
 * Multiply-accumulates of convolutions and matrix products; none in elementwise operators, norms and softmax.
 * @param unknown operators, by {@link operatorName}, of whose shapes nothing is known
 */
export function macsOf(
  node: StructureNode,
  shapes: ReadonlyMap<string, Shape>,
  unknown: ReadonlyMap<string, number>,
): Macs {
  const output = sizeOf(shapes.get(node.outputs[0] ?? ''));
  const [a, b] = node.inputs.map(input => shapes.get(input));
  const name = operatorName(node);
  switch (name) {
    case 'Conv':
    case 'ConvInteger':
    case 'com.microsoft:FusedConv':
      return times(output, sizeOf(b?.slice(1)));
    case 'ConvTranspose':
      return times(sizeOf(a), sizeOf(b?.slice(1)));
    case 'MatMul':
    case 'MatMulInteger':
      return times(output, sizeOf(a?.slice(-1)));
    case 'com.microsoft:MatMulNBits':
      return times(output, intOf(node, 'K'));
    case 'Gemm':
    case 'com.microsoft:FusedGemm': {
      const inner = intOf(node, 'transA') === 1 ? 0 : 1;
      return times(output, sizeOf(a?.slice(inner, inner + 1)));
    }
    case 'com.microsoft:GroupQueryAttention':
      return {
        macs: null,
        reason: 'its products grow with the rows of the cache, which the graph does not say',
      };
    default:
      if (holdsSubgraph(node))
        return { macs: null, reason: 'it holds a graph of its own, which is not looked into' };
      return unknown.has(name) ? { macs: null, reason: `the operator ${name} is not known` } : { macs: 0 };
  }
}

/** Constants of these types are sizes, axes and masks; of any other, weights. */
const structuralTypes = new Set(['int64', 'int32', 'uint64', 'uint32', 'bool', 'string']);

/** Inputs that say how an integer weight is to be read: scales, zero points and the order of its groups. */
const gridInputs: Readonly<Record<string, readonly number[]>> = {
  QuantizeLinear: [1, 2],
  DequantizeLinear: [1, 2],
  'com.microsoft:QuantizeLinear': [1, 2],
  'com.microsoft:DequantizeLinear': [1, 2],
  ConvInteger: [2, 3],
  MatMulInteger: [2, 3],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  'com.microsoft:MatMulNBits': [2, 3, 4],
  'com.microsoft:GatherBlockQuantized': [2, 3],
};

/** Weights in a constant that the node reads as its input `index`. */
export function parametersRead(node: StructureNode, index: number, tensor: StructureTensor): number {
  const name = operatorName(node);
  if (gridInputs[name]?.includes(index) === true) return 0;
  // Several weights lie in one byte, and the last block is filled up.
  if (name === 'com.microsoft:MatMulNBits' && index === 1)
    return (intOf(node, 'K') ?? 0) * (intOf(node, 'N') ?? 0);
  if (name === 'com.microsoft:GatherBlockQuantized' && index === 0 && tensor.type === 'uint8')
    return tensor.elements * (8 / (intOf(node, 'bits') ?? 4));
  return parametersOf(tensor);
}

/** Weights in a constant, as far as its type tells. */
export function parametersOf({ type, elements }: StructureTensor): number {
  return structuralTypes.has(type) ? 0 : elements;
}

function intOf(node: StructureNode, name: string): number | undefined {
  const attribute = node.attributes[name];
  return attribute !== undefined && 'int' in attribute ? attribute.int : undefined;
}

function sizeOf(shape: Shape | undefined): number | undefined {
  return shape === undefined ? undefined : product(shape);
}

function times(a: number | undefined, b: number | undefined): Macs {
  if (a !== undefined && b !== undefined) return { macs: a * b };
  return { macs: null, reason: 'a size that it depends on is not known' };
}
