import { bytesOf } from '../../onnx/graphBuilder';
import {
  type Attribute,
  type ElementType,
  elementTypes,
  type Graph,
  type GraphValue,
  type Node,
  type Tensor,
} from '../../onnx/model';
import { fromHalf } from '../samples/half';

/** Attributes that name the element type of what a node gives. */
const typeAttributes = new Set(['to', 'dtype']);

/**
 * The graph in fp32 where it is written in fp16: the same weights, so that what is measured is their quantization and not
 * half precision's own rounding. A graph without fp16 is returned as it is.
 */
export function singlePrecision(graph: Graph): Graph {
  return hasHalf(graph) ? widened(graph) : graph;
}

function hasHalf({ inputs, outputs, initializers, nodes }: Graph): boolean {
  return (
    [...inputs, ...outputs, ...initializers].some(({ type }) => type === 'float16') ||
    nodes.some(({ attributes }) =>
      Object.entries(attributes).some(
        ([name, value]) =>
          isHalfType(name, value) ||
          ('tensor' in value && value.tensor.type === 'float16') ||
          ('graph' in value && hasHalf(value.graph)),
      ),
    )
  );
}

function widened(graph: Graph): Graph {
  return {
    ...graph,
    inputs: graph.inputs.map(widenedValue),
    outputs: graph.outputs.map(widenedValue),
    initializers: graph.initializers.map(widenedTensor),
    nodes: graph.nodes.map(widenedNode),
  };
}

function widenedValue(value: GraphValue): GraphValue {
  return { ...value, type: widenedType(value.type) };
}

function widenedType<Type extends ElementType | undefined>(type: Type): Type | 'float32' {
  return type === 'float16' ? 'float32' : type;
}

function widenedNode(node: Node): Node {
  const attributes = Object.entries(node.attributes).map(([name, value]): [string, Attribute] => {
    if (isHalfType(name, value)) return [name, { int: elementTypes.float32 }];
    if ('tensor' in value) return [name, { tensor: widenedTensor(value.tensor) }];
    return [name, 'graph' in value ? { graph: widened(value.graph) } : value];
  });
  return { ...node, attributes: Object.fromEntries(attributes) };
}

function isHalfType(name: string, value: Attribute): boolean {
  return typeAttributes.has(name) && 'int' in value && value.int === elementTypes.float16;
}

/** Every half-precision number is one of fp32. */
function widenedTensor(tensor: Tensor): Tensor {
  const { name, type, dims, data } = tensor;
  if (type !== 'float16') return tensor;
  const widen = (bytes: Uint8Array): Uint8Array => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = bytes.byteLength / 2;
    return bytesOf(
      Float32Array.from({ length: count }, (_, index) => fromHalf(view.getUint16(2 * index, true))),
    );
  };
  if (data instanceof Uint8Array) return { name, type: 'float32', dims, data: widen(data) };
  const load = (): Uint8Array => widen(data.load());
  return { name, type: 'float32', dims, data: { byteLength: 2 * data.byteLength, load } };
}
