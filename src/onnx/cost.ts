import { inferShapes, type SizeBinding } from './shapes/infer';
import { product, type Shape } from './shapes/sizes';
import type { Structure, StructureNode, StructureTensor } from './structure';

/** A node with weights or a product. */
export interface LayerCost {
  /** Name of the node, or of its first output where it has none. */
  readonly layer: string;
  readonly op: string;
  /** Elements of the weights that no earlier layer reads. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions and matrix products; null where a shape is not known. */
  readonly macs: number | null;
  /** A name or null stands for a size that is not known; null for all of it where not even the rank is. */
  readonly outputShape: readonly (number | string | null)[] | null;
}

export interface GraphCost {
  readonly parameters: number;
  /** Bytes of all constants. */
  readonly bytes: number;
  /** Null when a layer's is null. */
  readonly macs: number | null;
  /** Sum of the layers whose multiply-accumulates are known. */
  readonly knownMacs: number;
  readonly layers: readonly LayerCost[];
  /** Operators whose shapes and cost are not known, with the number of nodes. */
  readonly unknownOperators: ReadonlyMap<string, number>;
}

/** Constants of these types are sizes, axes and masks; of any other, weights. */
const structuralTypes = new Set(['int64', 'int32', 'uint64', 'uint32', 'bool', 'string']);

/**
 * Parameters and multiply-accumulates of a graph, layer by layer. Elementwise operators, norms and softmax count no
 * multiply-accumulates, as in the usual tables of networks; products of activations, such as attention's, do.
 */
export function graphCost(structure: Structure, bind?: SizeBinding): GraphCost {
  const { shapes, unknownOperators } = inferShapes(structure, bind);
  const unread = new Map(structure.tensors);
  let parameters = 0;
  let bytes = 0;
  for (const tensor of structure.tensors.values()) {
    parameters += parametersOf(tensor);
    bytes += tensor.bytes;
  }
  let knownMacs = 0;
  let complete = true;
  const layers: LayerCost[] = [];
  for (const node of structure.nodes) {
    const embedded = embeddedTensor(node);
    if (embedded !== undefined) {
      unread.set(node.outputs[0] ?? '', embedded);
      parameters += parametersOf(embedded);
      bytes += embedded.bytes;
      continue;
    }
    let own = 0;
    for (const input of node.inputs) {
      const tensor = unread.get(input);
      if (tensor !== undefined) own += parametersOf(tensor);
      unread.delete(input);
    }
    const macs = macsOf(node, shapes, unknownOperators);
    if (own === 0 && macs === 0) continue;
    if (macs === null) complete = false;
    else knownMacs += macs;
    const shape = shapes.get(node.outputs[0] ?? '');
    layers.push({
      layer: node.name || (node.outputs[0] ?? ''),
      op: node.op,
      parameters: own,
      macs,
      outputShape: shape?.map(size => size ?? null) ?? null,
    });
  }
  return { parameters, bytes, macs: complete ? knownMacs : null, knownMacs, layers, unknownOperators };
}

function parametersOf({ type, elements }: StructureTensor): number {
  return structuralTypes.has(type) ? 0 : elements;
}

function embeddedTensor(node: StructureNode): StructureTensor | undefined {
  const value = node.op === 'Constant' && node.domain === '' ? node.attributes['value'] : undefined;
  return value !== undefined && 'tensor' in value ? value.tensor : undefined;
}

function macsOf(
  node: StructureNode,
  shapes: ReadonlyMap<string, Shape>,
  unknown: ReadonlyMap<string, number>,
): number | null {
  if (node.domain !== '') return null;
  const output = sizeOf(shapes.get(node.outputs[0] ?? ''));
  const [a, b] = node.inputs.map(input => shapes.get(input));
  switch (node.op) {
    case 'Conv':
    case 'ConvInteger':
      return times(output, sizeOf(b?.slice(1)));
    case 'ConvTranspose':
      return times(sizeOf(a), sizeOf(b?.slice(1)));
    case 'MatMul':
    case 'MatMulInteger':
      return times(output, sizeOf(a?.slice(-1)));
    case 'Gemm': {
      const transposed = node.attributes['transA'];
      const inner = transposed !== undefined && 'int' in transposed && transposed.int === 1 ? 0 : 1;
      return times(output, sizeOf(a?.slice(inner, inner + 1)));
    }
    default:
      return unknown.has(node.op) ? null : 0;
  }
}

function sizeOf(shape: Shape | undefined): number | null {
  return (shape === undefined ? undefined : product(shape)) ?? null;
}

function times(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a * b;
}
