import { firstOutput, soleReader, variableInputs, type Wiring } from './wiring';

/** Nodes that are one operation to a processor: no quantizer may stand between them. */
export interface Composite {
  /** Its name among the ONNX operators, where it has one. */
  readonly op: string;
  /** Indices of the nodes, ascending; the last gives the output. */
  readonly nodes: readonly number[];
}

const pointwise = new Set(
  'Abs Add Cast Clip Div Erf Exp HardSigmoid Identity Log Max Min Mul Neg Pow Reciprocal Relu Sigmoid Softplus Sqrt Sub Tanh'.split(
    ' ',
  ),
);
const reducing = new Set('ReduceL2 ReduceMax ReduceMean ReduceSum ReduceSumSquare'.split(' '));
const maxNodes = 24;

/**
 * Norms, softmax, GELU, SiLU, HardSwish and the like spelled out in elementary operators: the smallest group of
 * elementwise and reducing nodes above a node that takes everything from one value and gives one. Rotary embeddings
 * are found by their shape.
 */
export function findComposites(wiring: Wiring): Composite[] {
  const found: Composite[] = [];
  const taken = new Set<number>();
  // From the end: the outermost group around a value holds the inner ones.
  for (let index = wiring.graph.nodes.length - 1; index >= 0; index--) {
    if (taken.has(index)) continue;
    const nodes = rotation(wiring, index) ?? closedGroup(wiring, index);
    if (nodes === undefined || nodes.some(node => taken.has(node))) continue;
    for (const node of nodes) taken.add(node);
    found.push({ op: nameOf(wiring, nodes), nodes });
  }
  return found.reverse();
}

function closedGroup(wiring: Wiring, last: number): number[] | undefined {
  const { op, domain } = wiring.node(last);
  if (
    domain !== '' ||
    !pointwise.has(op) ||
    wiring.kinds.origin(firstOutput(wiring.node(last))) !== 'signal'
  ) {
    return undefined;
  }
  const group = new Set([last]);
  let inputs = new Set(variableInputs(wiring, wiring.node(last)));
  if (inputs.size < 2) return undefined;
  while (inputs.size > 1) {
    const next = latestInside(wiring, inputs, group);
    if (next === undefined || group.size >= maxNodes) return undefined;
    group.add(next);
    inputs = inputsOf(wiring, group);
  }
  addCentering(wiring, group, [...inputs][0] ?? '');
  addFactors(wiring, group, last);
  return [...group].sort((a, b) => a - b);
}

function inputsOf(wiring: Wiring, group: ReadonlySet<number>): Set<string> {
  const inputs = new Set<string>();
  for (const index of group) {
    for (const name of variableInputs(wiring, wiring.node(index))) {
      const maker = wiring.maker(name);
      if (maker === undefined || !group.has(maker)) inputs.add(name);
    }
  }
  return inputs;
}

/** The last node in graph order that only the group reads. */
function latestInside(
  wiring: Wiring,
  inputs: ReadonlySet<string>,
  group: ReadonlySet<number>,
): number | undefined {
  let latest: number | undefined;
  for (const name of inputs) {
    const maker = wiring.maker(name);
    if (maker === undefined || (latest !== undefined && maker < latest)) continue;
    if (mayJoin(wiring, maker, group)) latest = maker;
  }
  return latest;
}

function mayJoin(wiring: Wiring, index: number, group: ReadonlySet<number>): boolean {
  const { op, domain, outputs } = wiring.node(index);
  if (domain !== '' || outputs.length > 1 || !(pointwise.has(op) || reducing.has(op))) return false;
  const output = firstOutput(wiring.node(index));
  return !wiring.isOutput(output) && wiring.readers(output).every(reader => group.has(reader));
}

function isNorm(wiring: Wiring, group: Iterable<number>): boolean {
  return [...group].some(index => reducing.has(wiring.node(index).op));
}

/** `x - mean(x)` before what is divided by its deviation belongs to the norm. */
function addCentering(wiring: Wiring, group: Set<number>, input: string): void {
  const center = wiring.maker(input);
  if (center === undefined || !isNorm(wiring, group) || wiring.node(center).op !== 'Sub') return;
  const [x, mean] = wiring.node(center).inputs;
  const reducer = wiring.maker(mean ?? '');
  if (reducer === undefined || !reducing.has(wiring.node(reducer).op)) return;
  if (wiring.node(reducer).inputs[0] !== x || !mayJoin(wiring, center, group)) return;
  group.add(center);
  if (mayJoin(wiring, reducer, group)) group.add(reducer);
  else group.delete(center);
}

/** Constant factors and shifts behind a group: a norm's weight and bias, GELU's 0.5, HardSwish's 1/6. */
function addFactors(wiring: Wiring, group: Set<number>, last: number): void {
  const norm = isNorm(wiring, group);
  let end = last;
  for (;;) {
    const next = soleReader(wiring, firstOutput(wiring.node(end)));
    if (next === undefined || variableInputs(wiring, wiring.node(next)).length !== 1) return;
    const { op, inputs } = wiring.node(next);
    const scalar = inputs.every(name => (wiring.constants.get(name)?.dims ?? [1]).every(size => size === 1));
    const factor = op === 'Mul' || op === 'Div';
    if (!(norm ? factor || op === 'Add' : factor && scalar)) return;
    group.add(next);
    end = next;
  }
}

/** x * cos + concat(-x2, x1) * sin, as exporters write rotary embeddings. */
function rotation(wiring: Wiring, last: number): number[] | undefined {
  const sum = wiring.node(last);
  if (sum.op !== 'Add') return undefined;
  const products = sum.inputs.map(name => wiring.maker(name));
  const [a, b] = products;
  if (a === undefined || b === undefined) return undefined;
  const inside = [last, a, b];
  if (![a, b].every(index => wiring.node(index).op === 'Mul' && mayJoin(wiring, index, new Set(inside)))) {
    return undefined;
  }
  for (const product of [a, b]) {
    for (const name of wiring.node(product).inputs) {
      const turned = wiring.maker(name);
      if (turned === undefined || wiring.node(turned).op !== 'Concat') continue;
      const negation = wiring
        .node(turned)
        .inputs.map(part => wiring.maker(part))
        .find(index => index !== undefined && wiring.node(index).op === 'Neg');
      if (negation === undefined || soleReader(wiring, name) !== product) continue;
      return [...inside, turned, negation].sort((x, y) => x - y);
    }
  }
  return undefined;
}

function nameOf(wiring: Wiring, nodes: readonly number[]): string {
  const ops = new Set(nodes.map(index => wiring.node(index).op));
  if (ops.has('Concat')) return 'RotaryEmbedding';
  if (ops.has('ReduceMean') || ops.has('ReduceSumSquare')) {
    return ops.has('Sub') ? 'LayerNormalization' : 'RMSNormalization';
  }
  if (ops.has('ReduceSum') && ops.has('Exp')) return 'Softmax';
  if (ops.has('Erf')) return 'Gelu';
  if (ops.has('Softplus')) return 'Mish';
  if (ops.has('Tanh')) return 'Gelu';
  if (ops.has('Sigmoid')) return 'Swish';
  if (ops.has('HardSigmoid') || ops.has('Clip')) return 'HardSwish';
  return 'Elementwise';
}
