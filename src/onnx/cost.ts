import { holdsSubgraph, macsOf, parametersOf, parametersRead } from './operatorCost';
import { inferShapes, type SizeBinding } from './shapes/infer';
import { operatorName, type Structure, type StructureNode, type StructureTensor } from './structure';

/** A node with weights or a product. */
export interface LayerCost {
  /** Name of the node, or of its first output where it has none. */
  readonly layer: string;
  readonly op: string;
  /** Weights that no earlier layer reads; those behind a DequantizeLinear belong to the layer that uses them. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions and matrix products; null where they are not known. */
  readonly macs: number | null;
  /** Why they are not known, there and only there. */
  readonly reason?: string;
  /** A name or null stands for a size that is not known; null for all of it where not even the rank is. */
  readonly outputShape: readonly (number | string | null)[] | null;
}

export interface GraphCost {
  /** Weights; null where a node holds graphs of its own, which may hold more. */
  readonly parameters: number | null;
  /** Bytes of all constants; null as the weights are. */
  readonly bytes: number | null;
  /** Bytes of the constants outside such graphs. */
  readonly knownBytes: number;
  /** Null when a layer's is null. */
  readonly macs: number | null;
  /** Sum of the layers whose multiply-accumulates are known. */
  readonly knownMacs: number;
  readonly layers: readonly LayerCost[];
  /** Operators whose shapes and cost are not known, with the number of nodes. */
  readonly unknownOperators: ReadonlyMap<string, number>;
}

/**
 * Parameters and multiply-accumulates of a graph, layer by layer. Elementwise operators, norms and softmax count no
 * multiply-accumulates, as in the usual tables of networks; products of activations, such as attention's, do.
 */
export function graphCost(structure: Structure, bind?: SizeBinding): GraphCost {
  const { shapes, unknownOperators } = inferShapes(structure, bind);
  const constants = new Constants(structure);
  const layers: LayerCost[] = [];
  for (const node of structure.nodes) {
    if (constants.holds(node)) continue;
    const parameters = constants.takenBy(node);
    const { macs, ...why } = macsOf(node, shapes, unknownOperators);
    if (parameters === 0 && macs === 0) continue;
    const shape = shapes.get(node.outputs[0] ?? '');
    layers.push({
      layer: node.name || (node.outputs[0] ?? ''),
      op: node.op,
      parameters,
      macs,
      ...why,
      outputShape: shape?.map(size => size ?? null) ?? null,
    });
  }
  const knownMacs = layers.reduce((sum, { macs }) => sum + (macs ?? 0), 0);
  const parameters = layers.reduce((sum, own) => sum + own.parameters, constants.untaken());
  const hidden = structure.nodes.some(holdsSubgraph);
  return {
    parameters: hidden ? null : parameters,
    bytes: hidden ? null : constants.bytes,
    knownBytes: constants.bytes,
    macs: layers.every(({ macs }) => macs !== null) ? knownMacs : null,
    knownMacs,
    layers,
    unknownOperators,
  };
}

/** The constants of a graph, each counted where it is read first. */
class Constants {
  bytes = 0;
  private readonly unread: Map<string, StructureTensor>;

  constructor({ tensors }: Structure) {
    this.unread = new Map(tensors);
    for (const tensor of tensors.values()) this.bytes += tensor.bytes;
  }

  /** Whether the node is nothing but a constant, which is noted. */
  holds(node: StructureNode): boolean {
    const value = operatorName(node) === 'Constant' ? node.attributes['value'] : undefined;
    if (value === undefined || !('tensor' in value)) return false;
    this.unread.set(node.outputs[0] ?? '', value.tensor);
    this.bytes += value.tensor.bytes;
    return true;
  }

  /** Weights that the node is the first to read. */
  takenBy(node: StructureNode): number {
    let parameters = 0;
    for (const [index, input] of node.inputs.entries()) {
      const tensor = this.unread.get(input);
      if (tensor === undefined) continue;
      this.unread.delete(input);
      // What is dequantized is a weight of whoever uses it, whatever its type.
      if (node.op === 'DequantizeLinear' && index === 0)
        this.unread.set(node.outputs[0] ?? '', { ...tensor, type: 'float32' });
      else parameters += parametersRead(node, index, tensor);
    }
    return parameters;
  }

  /** Weights that no node reads. */
  untaken(): number {
    let parameters = 0;
    for (const tensor of this.unread.values()) parameters += parametersOf(tensor);
    return parameters;
  }
}
