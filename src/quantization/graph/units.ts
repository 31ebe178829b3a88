import { inferShapes } from '../../onnx/shapes/infer';
import { structureOf } from '../../onnx/structure';
import type { Unit, Unmeasured } from '../../protocol/quantization';
import type { UnitKind } from '../numerics/htpProfile';
import { findComposites } from './composites';
import { isFloat } from './valueKinds';
import { firstOutput, soleReader, variableInputs, type Wiring, wiringOf } from './wiring';

/** A constant that a unit multiplies by. */
export interface UnitWeight {
  readonly initializer: string;
  /** Of its output channels. */
  readonly axis: number;
}

/** An input of a unit's node that comes from outside the unit and depends on the graph's inputs. */
export interface UnitInput {
  /** Index into the graph's nodes. */
  readonly node: number;
  /** Index into the node's inputs. */
  readonly input: number;
  readonly value: string;
}

/** A quantization unit with its place in the graph. */
export interface PlannedUnit extends Unit {
  readonly kind: UnitKind;
  /** The value that gets the activation quantizer. */
  readonly output: string;
  /** Indices into the graph's nodes, ascending. */
  readonly nodes: readonly number[];
  readonly inputs: readonly UnitInput[];
  readonly weights: readonly UnitWeight[];
  /** A range that holds by definition, such as softmax's. */
  readonly pinned: { readonly min: number; readonly max: number } | null;
}

/** Sizes of the graph's inputs, by name; those that are missing leave shapes open. */
export type InputSizes = Readonly<Record<string, readonly number[]>>;

/** They only move values or pick among them, so the encoding of what comes in holds for what goes out. */
const movers = new Set(
  `Cast Compress DepthToSpace Dropout Expand Flatten Gather GatherElements GatherND GlobalMaxPool Identity MaxPool Pad
  ReduceMax ReduceMin Reshape ScatterElements ScatterND Slice SpaceToDepth Split Squeeze Tile TopK Transpose Trilu
  Unsqueeze`.split(/\s+/),
);
const bodies = new Set(['If', 'Loop', 'Scan']);
const recurrent = new Set(['GRU', 'LSTM', 'RNN']);
const integerOnly =
  /^(?:QLinear.*|ConvInteger|MatMulInteger|DynamicQuantize.*|QuantizeLinear|DequantizeLinear|MatMulNBits|QGemm|QAttention)$/;
const linear = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * The quantization units of a graph whose nodes are in order. A unit is one node or a composite that a processor runs as
 * one: norms, softmax (with scale and mask before it), GELU, SiLU, HardSwish and rotary embeddings, spelled out or not;
 * Conv, ConvTranspose, Gemm and MatMul with their bias, batch normalization and Relu or Clip behind. Data movers carry
 * the encoding of what they move; arithmetic on integers, sizes, positions and masks is no unit. Biases and the weights
 * of norms and elementwise factors stay float.
 */
export function unitsOf(
  graph: Parameters<typeof structureOf>[0],
  sizes: InputSizes = {},
): { units: PlannedUnit[]; unmeasured: Unmeasured[] } {
  const wiring = wiringOf(graph);
  const { shapes } = inferShapes(structureOf(graph), (input, axis) => sizes[input]?.[axis]);
  const groups = groupsOf(wiring);
  const names = new Set<string>();
  const units: PlannedUnit[] = [];
  const unmeasured: Unmeasured[] = [];
  for (const { op, nodes, anchor } of groups) {
    const last = wiring.node(nodes.at(-1) ?? anchor);
    const output = firstOutput(last);
    const layer = uniqueName(wiring.node(anchor).name || firstOutput(wiring.node(anchor)), names);
    const reason = obstacle(wiring, anchor, output);
    if (reason !== null) {
      unmeasured.push({ layer, reason });
      continue;
    }
    const shape = shapes.get(output);
    units.push({
      layer,
      op,
      parameters: parametersOf(wiring, nodes),
      outputShape: shape?.every(size => typeof size === 'number')
        ? (shape as readonly number[]).slice()
        : null,
      kind: kindOf(wiring, anchor),
      output,
      nodes,
      inputs: inputsOf(wiring, nodes),
      weights: weightsOf(wiring, anchor),
      pinned: op === 'Softmax' ? { min: 0, max: 1 } : null,
    });
  }
  return { units, unmeasured };
}

interface Group {
  readonly op: string;
  readonly nodes: readonly number[];
  /** The node that names the unit. */
  readonly anchor: number;
}

/** Every node that computes a signal, in groups, in the order of their last nodes. */
function groupsOf(wiring: Wiring): Group[] {
  const groups: Group[] = findComposites(wiring).map(({ op, nodes }) => ({
    op,
    nodes,
    anchor: nodes.at(-1) ?? 0,
  }));
  const taken = new Set(groups.flatMap(({ nodes }) => nodes));
  const add = (group: Group): void => {
    groups.push(group);
    for (const index of group.nodes) taken.add(index);
  };
  for (const [index, { op, domain }] of wiring.graph.nodes.entries()) {
    if (taken.has(index) || domain !== '' || !isSignal(wiring, index)) continue;
    if (op === 'Softmax') add({ op, nodes: withMask(wiring, index, taken), anchor: index });
    else if (linear.has(op)) add({ op, nodes: withBias(wiring, index, taken), anchor: index });
  }
  for (const [index, { op, domain }] of wiring.graph.nodes.entries()) {
    if (taken.has(index) || !isSignal(wiring, index) || isMover(wiring, index)) continue;
    groups.push({ op: domain === '' ? op : `${domain}.${op}`, nodes: [index], anchor: index });
  }
  return groups.sort((a, b) => (a.nodes.at(-1) ?? 0) - (b.nodes.at(-1) ?? 0));
}

function isSignal(wiring: Wiring, index: number): boolean {
  const output = firstOutput(wiring.node(index));
  const type = wiring.kinds.type(output);
  const integer = integerOnly.test(wiring.node(index).op);
  return wiring.kinds.origin(output) === 'signal' && (type === undefined || isFloat(type) || integer);
}

/** Whether a node only moves what comes in, or picks among it. */
export function isMover(wiring: Wiring, index: number): boolean {
  const { op, domain, inputs, attributes } = wiring.node(index);
  if (domain !== '') return false;
  if (op === 'Concat') return true;
  // A table's rows are what the table holds: the first value that a graph computes from its token ids.
  if (op.startsWith('Gather') && wiring.isConstant(inputs[0] ?? '')) return false;
  if (op === 'Resize' || op === 'Upsample') {
    const { mode } = attributes;
    return mode === undefined || !('string' in mode) || mode.string === 'nearest';
  }
  return movers.has(op);
}

/** Bias, batch normalization and Relu or Clip behind a product, each the only reader of what is before it. */
function withBias(wiring: Wiring, index: number, taken: ReadonlySet<number>): number[] {
  const nodes = [index];
  const stages = [['Add', 'BatchNormalization'], ['BatchNormalization'], ['Relu', 'Clip']];
  for (const ops of stages) {
    const next = soleReader(wiring, firstOutput(wiring.node(nodes.at(-1) ?? index)));
    if (next === undefined || taken.has(next)) return nodes;
    if (ops.includes(wiring.node(next).op) && variableInputs(wiring, wiring.node(next)).length === 1)
      nodes.push(next);
  }
  return nodes;
}

/** Scale and mask before a softmax, which no processor quantizes between: a mask's -1e9 would leave one step. */
function withMask(wiring: Wiring, index: number, taken: ReadonlySet<number>): number[] {
  const nodes = [index];
  for (const ops of [
    ['Add', 'Where'],
    ['Mul', 'Div'],
  ]) {
    const first = nodes[0] ?? index;
    for (const name of wiring.node(first).inputs) {
      const maker = wiring.maker(name);
      if (maker === undefined || taken.has(maker) || !ops.includes(wiring.node(maker).op)) continue;
      const constantFactor = variableInputs(wiring, wiring.node(maker)).length === 1;
      if (soleReader(wiring, name) !== first || (ops.includes('Mul') && !constantFactor)) continue;
      nodes.unshift(maker);
      break;
    }
  }
  return nodes;
}

function obstacle(wiring: Wiring, anchor: number, output: string): string | null {
  const { op } = wiring.node(anchor);
  const type = wiring.kinds.type(output);
  if (bodies.has(op)) return bodyObstacle(wiring, anchor);
  if (recurrent.has(op))
    return `${op} keeps its state inside, where no quantizer can be put; it stays float.`;
  if (integerOnly.test(op)) return `${op} already computes with integers.`;
  if (type === undefined) return `The type of its output is not known, so it stays float.`;
  if (type !== 'float32') return `Its output is ${type}; only fp32 layers are measured.`;
  return null;
}

function bodyObstacle(wiring: Wiring, anchor: number): string {
  const { op, inputs } = wiring.node(anchor);
  if (op !== 'If') return `The layers inside ${op} run in a subgraph, which stays float.`;
  return wiring.kinds.origin(inputs[0] ?? '') === 'signal'
    ? 'Which branch of it runs depends on what the network computes, so the layers inside stay float.'
    : 'The samples do not agree which branch of it runs, so the layers inside stay float; give the input that decides it one value.';
}

function kindOf(wiring: Wiring, anchor: number): UnitKind {
  const { op, domain } = wiring.node(anchor);
  if (domain !== '' || !linear.has(op)) return 'other';
  if (variableInputs(wiring, wiring.node(anchor)).length > 1) return 'product';
  return op.startsWith('Conv') ? 'convolution' : 'linear';
}

/** Constant floats of two or more axes that a product multiplies by. */
function weightsOf(wiring: Wiring, anchor: number): UnitWeight[] {
  const { op, domain, inputs, attributes } = wiring.node(anchor);
  if (domain !== '' || !linear.has(op)) return [];
  const transposed = (name: string): boolean => {
    const value = attributes[name];
    return value !== undefined && 'int' in value && value.int === 1;
  };
  return inputs.slice(0, 2).flatMap((name, side) => {
    const tensor = wiring.constants.get(name);
    if (tensor === undefined || tensor.type !== 'float32' || tensor.dims.length < 2) return [];
    const rank = tensor.dims.length;
    if (op === 'Conv') return side === 1 ? [{ initializer: name, axis: 0 }] : [];
    if (op === 'ConvTranspose') return side === 1 ? [{ initializer: name, axis: 1 }] : [];
    if (op === 'MatMul') return [{ initializer: name, axis: side === 1 ? rank - 1 : rank - 2 }];
    return [
      { initializer: name, axis: side === 1 ? (transposed('transB') ? 0 : 1) : transposed('transA') ? 1 : 0 },
    ];
  });
}

function inputsOf(wiring: Wiring, nodes: readonly number[]): UnitInput[] {
  const inside = new Set(nodes);
  return nodes.flatMap(node =>
    wiring.node(node).inputs.flatMap((value, input) => {
      const maker = wiring.maker(value);
      const outside = maker === undefined || !inside.has(maker);
      const signal = wiring.kinds.origin(value) === 'signal' && wiring.kinds.type(value) === 'float32';
      return outside && signal ? [{ node, input, value }] : [];
    }),
  );
}

function parametersOf(wiring: Wiring, nodes: readonly number[]): number {
  const names = new Set(nodes.flatMap(index => wiring.node(index).inputs));
  let parameters = 0;
  for (const name of names) {
    const tensor = wiring.constants.get(name);
    if (tensor !== undefined && isFloat(tensor.type)) parameters += tensor.dims.reduce((a, b) => a * b, 1);
  }
  return parameters;
}

function uniqueName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let copy = 2; names.has(name); copy++) name = `${wanted}#${copy}`;
  names.add(name);
  return name;
}
