import type { WeightSource } from '../../../src/architecture/weights';
import type { Attribute, Graph, Node } from '../../../src/onnx/model';
import { inferShapes } from '../../../src/onnx/shapes/infer';
import { structureOf } from '../../../src/onnx/structure';
import { elements } from './drawn';

/** A graph with one thing wrong. */
export interface Mutant {
  readonly name: string;
  readonly graph: Graph;
}

/** Operators whose inputs may change places by definition. */
const commutative = new Set(['Add', 'Mul']);

/** Every mutant of a graph that can be told from its nodes alone; `sizes` stand for the sizes with names. */
export function* mutantsOf(graph: Graph, sizes: Readonly<Record<string, number>> = {}): Generator<Mutant> {
  const { shapes } = inferShapes(structureOf(graph), (_input, _axis, name) => sizes[name]);
  const sameShape = (a = '', b = ''): boolean => {
    const shape = shapes.get(a);
    return shape !== undefined && !shape.includes(undefined) && shape.join() === shapes.get(b)?.join();
  };
  for (const [index, node] of graph.nodes.entries()) {
    const mutants = [
      ...bypasses(node, sameShape),
      ...exchanges(node, sameShape),
      ...otherAttributes(node),
      ...otherOperators(node),
    ];
    for (const [what, changed] of mutants)
      yield { name: `${node.name} ${what}`, graph: { ...graph, nodes: graph.nodes.with(index, changed) } };
  }
  yield* exchangedConstants(graph);
}

type Change = readonly [what: string, node: Node];

/** The node's output is one of its inputs instead: the operation is gone. */
function* bypasses(node: Node, sameShape: (a?: string, b?: string) => boolean): Generator<Change> {
  if (node.outputs.length !== 1) return;
  for (const input of new Set(node.inputs)) {
    if (!sameShape(input, node.outputs[0])) continue;
    yield [`bypassed to ${input}`, { ...node, op: 'Identity', domain: '', inputs: [input], attributes: {} }];
  }
}

/** Two inputs, or two outputs, have changed places. */
function* exchanges(node: Node, sameShape: (a?: string, b?: string) => boolean): Generator<Change> {
  const fits = (a?: string, b?: string): boolean => node.op === 'Concat' || sameShape(a, b);
  if (!commutative.has(node.op)) {
    for (const [i, j] of pairs(node.inputs, fits))
      yield [`with inputs ${i} and ${j} exchanged`, { ...node, inputs: exchanged(node.inputs, i, j) }];
  }
  for (const [i, j] of pairs(node.outputs, sameShape))
    yield [`with outputs ${i} and ${j} exchanged`, { ...node, outputs: exchanged(node.outputs, i, j) }];
}

function* pairs(
  values: readonly string[],
  fits: (a?: string, b?: string) => boolean,
): Generator<readonly [number, number]> {
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++)
      if (values[i] !== values[j] && fits(values[i], values[j])) yield [i, j];
  }
}

function exchanged(values: readonly string[], i: number, j: number): string[] {
  return values.with(i, values[j] ?? '').with(j, values[i] ?? '');
}

/** What operators take where an attribute is not there; to leave such a one out changes nothing. */
const defaults = new Set(['coordinate_transformation_mode half_pixel', 'mode nearest']);

/** One attribute is another: an option gone, a border on the other side, an axis before, an epsilon that matters. */
function* otherAttributes(node: Node): Generator<Change> {
  for (const [name, value] of Object.entries(node.attributes)) {
    const changed = otherAttribute(name, value);
    if (changed === undefined) continue;
    const others = Object.entries(node.attributes).filter(([other]) => other !== name);
    const attributes = Object.fromEntries(changed === 'gone' ? others : [...others, [name, changed]]);
    yield [`with another ${name}`, { ...node, attributes }];
  }
}

function otherAttribute(name: string, value: Attribute): Attribute | 'gone' | undefined {
  if ('string' in value) return defaults.has(`${name} ${value.string}`) ? undefined : 'gone';
  if ('float' in value) return { float: 0.1 };
  if (name === 'axis' && 'int' in value) return { int: value.int - 1 };
  if (name === 'pads' && 'ints' in value) {
    const [top = 0, left = 0, bottom = 0, right = 0] = value.ints;
    return top === bottom && left === right ? undefined : { ints: [bottom, right, top, left] };
  }
  return undefined;
}

const relatives: Readonly<Record<string, string>> = {
  AveragePool: 'MaxPool',
  Sigmoid: 'Tanh',
  Cos: 'Sin',
  Sin: 'Cos',
};

function* otherOperators(node: Node): Generator<Change> {
  const op = relatives[node.op];
  if (op !== undefined) yield [`as ${op}`, { ...node, op }];
}

/** Two nodes of one block with the same operator have each other's constants. */
function* exchangedConstants(graph: Graph): Generator<Mutant> {
  const dims = new Map(graph.initializers.map(tensor => [tensor.name, tensor]));
  const weightOf = (node: Node): number =>
    node.inputs.findIndex(
      input => dims.get(input)?.type === 'float32' && elements(dims.get(input)?.dims ?? []) > 1,
    );
  const blockOf = (node: Node): string => node.name.split('.').slice(0, 3).join('.');
  for (const [i, a] of graph.nodes.entries()) {
    const weight = a.inputs[weightOf(a)];
    if (weight === undefined) continue;
    for (const [j, b] of graph.nodes.entries()) {
      const other = b.inputs[weightOf(b)];
      if (j <= i || b.op !== a.op || other === undefined || blockOf(a) !== blockOf(b)) continue;
      if (dims.get(weight)?.dims.join() !== dims.get(other)?.dims.join()) continue;
      const nodes = graph.nodes
        .with(i, { ...a, inputs: a.inputs.with(weightOf(a), other) })
        .with(j, { ...b, inputs: b.inputs.with(weightOf(b), weight) });
      yield { name: `${a.name} and ${b.name} with each other's weights`, graph: { ...graph, nodes } };
    }
  }
}

/** One tensor of the weights with other content. */
export interface TensorMutation {
  readonly name: string;
  readonly tensor: string;
  change(values: Float32Array): Float32Array;
}

/** Every tensor once without effect, and once reversed along each of its axes. */
export function* tensorMutations(
  shapes: Readonly<Record<string, readonly number[]>>,
): Generator<TensorMutation> {
  for (const [tensor, shape] of Object.entries(shapes)) {
    // Norms and layer scales stand still at one, everything else at zero.
    const neutral = shape.length === 1 && !tensor.endsWith('.bias') ? 1 : 0;
    yield { name: `${tensor} all ${neutral}`, tensor, change: values => values.fill(neutral) };
    for (const [axis, size] of shape.entries()) {
      if (size === 1) continue;
      const inner = elements(shape.slice(axis + 1));
      const change = (values: Float32Array): Float32Array =>
        values.map((_, index) => {
          const position = Math.floor(index / inner) % size;
          return values[index + (size - 1 - 2 * position) * inner] ?? Number.NaN;
        });
      yield { name: `${tensor} reversed along axis ${axis}`, tensor, change };
    }
  }
}

/** The weights with one tensor changed. */
export function mutatedWeights(source: WeightSource, { tensor, change }: TensorMutation): WeightSource {
  const readFloats = (name: string): Float32Array => {
    const values = source.readFloats(name);
    return name === tensor ? change(values) : values;
  };
  return { tensors: source.tensors, readFloats };
}
