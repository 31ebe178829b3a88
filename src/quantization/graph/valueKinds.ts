import { type ElementType, elementTypes, type Graph, type Node } from '../../onnx/model';
import { readsOf } from '../../onnx/nodeOrder';

/**
 * Where a value comes from. `constant`: no input of the graph; `index`: arithmetic on integer inputs alone, such as
 * positions, masks and sizes; `signal`: what the network computes, the only thing that quantizers are for.
 */
export type Origin = 'constant' | 'index' | 'signal';

export interface ValueKinds {
  /** Element type; undefined where it is not known. */
  type(value: string): ElementType | undefined;
  origin(value: string): Origin;
}

const booleans = new Set(
  'And Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor'.split(' '),
);
const integers = new Set('ArgMax ArgMin NonZero Shape Size'.split(' '));
/** What they give is no tensor, or a tensor whose type only the sequence knows. */
const collections =
  /^(?:Sequence.*|SplitToSequence|ConcatFromSequence|Optional.*|ZipMap|DictVectorizer|CastMap|String.*|LabelEncoder)$/;
const sizesOnly = new Set(['Shape', 'Size']);
const multiplied = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const looked = new Set(['Gather', 'GatherElements', 'GatherND']);
const typeNames = new Map<number, ElementType>(
  Object.entries(elementTypes).map(([name, number]) => [number, name as ElementType]),
);

/** Types and origins of all values of a graph whose nodes are in order. */
export function valueKinds(graph: Graph): ValueKinds {
  const types = new Map<string, ElementType | undefined>();
  const origins = new Map<string, Origin>();
  for (const { name, type } of graph.initializers) types.set(name, type);
  for (const { name, type } of graph.inputs) {
    types.set(name, type);
    origins.set(name, isFloat(type) ? 'signal' : 'index');
  }
  const origin = (value: string): Origin => origins.get(value) ?? 'constant';
  for (const node of graph.nodes) {
    const type = typeOf(node, types);
    const from = originOf(node, type, origin, types);
    for (const [index, output] of node.outputs.entries()) {
      if (output === '') continue;
      const second = index > 0 && (node.op === 'TopK' || node.op === 'MaxPool');
      types.set(output, second ? 'int64' : type);
      origins.set(output, from);
    }
  }
  return { type: value => types.get(value), origin };
}

export function isFloat(type: ElementType | undefined): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16';
}

function typeOf(node: Node, types: ReadonlyMap<string, ElementType | undefined>): ElementType | undefined {
  const { op, inputs, attributes } = node;
  if (collections.test(op)) return undefined;
  if (booleans.has(op)) return 'bool';
  if (integers.has(op)) return 'int64';
  if (op === 'Cast') {
    const { to } = attributes;
    return to !== undefined && 'int' in to ? typeNames.get(to.int) : undefined;
  }
  if (op === 'QuantizeLinear') return types.get(inputs[2] ?? '') ?? 'uint8';
  if (op === 'DynamicQuantizeLinear') return 'uint8';
  if (op === 'DequantizeLinear') return types.get(inputs[1] ?? '');
  if (op === 'ConvInteger' || op === 'MatMulInteger') return 'int32';
  if (op === 'ConstantOfShape' || op === 'Constant') {
    const { value } = attributes;
    return value !== undefined && 'tensor' in value ? value.tensor.type : 'float32';
  }
  if (op === 'Where') return types.get(inputs[1] ?? '');
  if (op === 'If' || op === 'Loop' || op === 'Scan') return typeOfBody(node);
  for (const input of inputs) {
    const type = types.get(input);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** Of the first output; branches that do not say it most often give floats. */
function typeOfBody({ attributes }: Node): ElementType {
  for (const value of Object.values(attributes)) {
    const type = 'graph' in value ? value.graph.outputs.at(-1)?.type : undefined;
    if (type !== undefined) return type;
  }
  return 'float32';
}

function originOf(
  node: Node,
  type: ElementType | undefined,
  origin: (value: string) => Origin,
  types: ReadonlyMap<string, ElementType | undefined>,
): Origin {
  const origins = [...readsOf(node)].filter(name => name !== '').map(origin);
  if (origins.includes('signal')) return sizesOnly.has(node.op) ? 'index' : 'signal';
  if (!origins.includes('index')) return 'constant';
  // Rows of a table of floats, and products with weights, are signals whatever chose or fed them.
  const table = looked.has(node.op) && isFloat(types.get(node.inputs[0] ?? ''));
  return isFloat(type) && (table || multiplied.has(node.op)) ? 'signal' : 'index';
}
