import type { Attribute, Dimension, ElementType, Graph, GraphValue, Node, Tensor } from './model';

/** Name of a value: a graph input, a constant or the output of a node. */
export type Value = string;

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Operator domain; '' (the standard operators) when left out. */
  readonly domain?: string;
}

/**
 * Collects a {@link Graph} node by node. A node is named by its place and its outputs are named after it, so that a
 * profile, a recipe or an error about a value can be read without the code that built it.
 */
export class GraphBuilder {
  private readonly inputs: GraphValue[] = [];
  private readonly outputs: GraphValue[] = [];
  private readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Tensor>();
  private readonly known = new Set<Value>();
  private readonly renamed = new Map<Value, string>();

  /** @param opsets version of each operator domain the graph may use. */
  constructor(
    private readonly name: string,
    private readonly opsets: Readonly<Record<string, number>>,
  ) {}

  input(name: string, type: ElementType, dims: readonly Dimension[]): Value {
    this.define(name);
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Makes `value` an output of the graph and gives it its public name. */
  output(name: string, value: Value, type: ElementType, dims: readonly Dimension[]): void {
    if (!this.nodes.some(node => node.outputs.includes(value)) || this.renamed.has(value)) {
      throw new Error(`${value} cannot become output ${name}`);
    }
    this.renamed.set(value, name);
    this.outputs.push({ name, type, dims });
  }

  /** Adds a node with one output. */
  op(op: string, place: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    this.add(op, place, inputs, [place], options);
    return place;
  }

  /** Adds a node with several outputs, `place:0`, `place:1` … */
  opMany<Outputs extends Value[]>(
    op: string,
    place: string,
    inputs: readonly Value[],
    count: Outputs['length'],
    options: NodeOptions = {},
  ): Outputs {
    const outputs = Array.from({ length: count }, (_, index) => `${place}:${index}`) as Outputs;
    this.add(op, place, inputs, outputs, options);
    return outputs;
  }

  /** A constant with a name; the same name a second time is the same constant. */
  initializer(tensor: Tensor): Value {
    const existing = this.initializers.get(tensor.name);
    if (existing === undefined) {
      this.define(tensor.name);
      this.initializers.set(tensor.name, tensor);
    } else if (existing.type !== tensor.type || existing.dims.join() !== tensor.dims.join()) {
      throw new Error(`two different constants are named ${tensor.name}`);
    }
    return tensor.name;
  }

  /** A small int64 constant, named by its content: equal ones are stored once. Scalar where `values` is a number. */
  ints(values: number | readonly number[]): Value {
    const list = typeof values === 'number' ? [values] : values;
    const dims = typeof values === 'number' ? [] : [list.length];
    const data = BigInt64Array.from(list, BigInt);
    return this.initializer({
      name: `int64.${constantName(values)}`,
      type: 'int64',
      dims,
      data: bytesOf(data),
    });
  }

  /** A small fp32 constant, named by its content: equal ones are stored once. Scalar where `values` is a number. */
  floats(values: number | readonly number[]): Value {
    const list = typeof values === 'number' ? [values] : values;
    const dims = typeof values === 'number' ? [] : [list.length];
    const data = Float32Array.from(list);
    return this.initializer({
      name: `float32.${constantName(values)}`,
      type: 'float32',
      dims,
      data: bytesOf(data),
    });
  }

  build(): Graph {
    const publicName = (value: Value): string => this.renamed.get(value) ?? value;
    const nodes = this.nodes.map(node => ({
      ...node,
      inputs: node.inputs.map(publicName),
      outputs: node.outputs.map(publicName),
    }));
    return {
      name: this.name,
      inputs: this.inputs,
      outputs: this.outputs,
      nodes,
      initializers: [...this.initializers.values()],
      opsets: this.opsets,
    };
  }

  private add(
    op: string,
    place: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    { attributes = {}, domain = '' }: NodeOptions,
  ): void {
    const unknown = inputs.find(input => input !== '' && !this.known.has(input));
    if (unknown !== undefined) throw new Error(`${place} reads ${unknown}, which nothing defines`);
    if (this.opsets[domain] === undefined) throw new Error(`${place} needs the operators of ${domain}`);
    for (const output of outputs) this.define(output);
    this.nodes.push({ name: place, op, domain, inputs, outputs, attributes });
  }

  private define(value: Value): void {
    if (this.known.has(value)) throw new Error(`${value} is defined twice`);
    this.known.add(value);
  }
}

/** The bytes under a typed array, without a copy. */
export function bytesOf(data: Float32Array | BigInt64Array | Uint16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function constantName(values: number | readonly number[]): string {
  return typeof values === 'number' ? String(values) : `[${values.join()}]`;
}
