import { bytesOf } from '../../onnx/graphBuilder';
import type { Graph, GraphValue, Node, Tensor } from '../../onnx/model';
import { readsOf } from '../../onnx/nodeOrder';
import type { Encoding } from '../numerics/affine';
import { fakeQuantized, finite, LoadedWeight } from './constants';
import { operandKey, type QuantizerPlan } from './placement';
import { renamed } from './rename';
import type { Segment } from './segments';
import type { Owners } from './variants';
import type { Wiring } from './wiring';

/** The float network and its quantized variants, as far as one segment goes. */
export interface Instrumented {
  readonly graph: Graph;
  /** Name of a value as a variant has it; the value's own name where it cannot differ. */
  nameIn(variant: number, value: string): string;
}

/** Name of a value that a variant computes. */
export function quantizedName(variant: number, value: string): string {
  return `quantized${variant}/${value}`;
}

/**
 * One segment with all variants side by side. Weights are quantized when the graph is written; activations pass
 * QuantizeLinear and DequantizeLinear. What a segment hands on is among the outputs, for every variant.
 * @param loaded shared by the segments of a run
 */
export function sideBySide(
  wiring: Wiring,
  segment: Segment,
  owners: Owners,
  loaded = new LoadedWeight(),
): Instrumented {
  const { variants } = owners;
  const nameIn = (variant: number, value: string): string => {
    const owner = owners.of(variant, value);
    return owner === 'float' ? value : quantizedName(owner, value);
  };
  const nodes: Node[] = [];
  const constants = new Map<string, Tensor>();
  const grids = new Map<string, string>();
  const quantizer = quantizerWriter(wiring.graph.opsets, nodes, constants);
  for (const index of segment.nodes) {
    const node = wiring.node(index);
    nodes.push(node);
    for (const name of readsOf(node)) {
      const tensor = wiring.constants.get(name);
      if (tensor !== undefined) constants.set(name, finite(tensor, loaded));
    }
    for (const [variant, { plan }] of variants.entries()) {
      if (!node.outputs.some(output => owners.of(variant, output) === variant)) continue;
      const read = (value: string): string => {
        const weight = plan.weights.get(value);
        const tensor = wiring.constants.get(value);
        if (weight === undefined || tensor === undefined) return nameIn(variant, value);
        // Variants that differ in their activations alone share their weights.
        const grid = JSON.stringify([value, weight]);
        const name = grids.get(grid) ?? quantizedName(variant, value);
        grids.set(grid, name);
        if (!constants.has(name)) constants.set(name, fakeQuantized(tensor, name, weight, loaded));
        return name;
      };
      addVariant({
        variant,
        index,
        node,
        read,
        nodes,
        quantizer,
        plan,
        nameIn,
        within: variants[variant]?.within,
      });
    }
  }
  const spread = (names: readonly string[]): string[] => [
    ...new Set(names.flatMap(name => [name, ...variants.map((_, variant) => nameIn(variant, name))])),
  ];
  const graph = {
    name: wiring.graph.name,
    inputs: spread(segment.inputs).map(name => inputValue(wiring, name)),
    outputs: spread(segment.outputs).map(name => ({ name, type: undefined, dims: undefined })),
    nodes,
    initializers: [...constants.values()],
    opsets: { ...wiring.graph.opsets, 'com.microsoft': wiring.graph.opsets['com.microsoft'] ?? 1 },
    ...(wiring.graph.functions === undefined ? {} : { functions: wiring.graph.functions }),
  };
  return { graph, nameIn };
}

interface VariantNode {
  readonly variant: number;
  readonly index: number;
  readonly node: Node;
  readonly read: (value: string) => string;
  readonly nodes: Node[];
  readonly quantizer: (from: string, to: string, encoding: Encoding) => void;
  readonly plan: QuantizerPlan;
  readonly nameIn: (variant: number, value: string) => string;
  readonly within: ReadonlySet<number> | undefined;
}

/** The node again on the variant's values, with the quantizers before and behind it. */
function addVariant({
  variant,
  index,
  node,
  read,
  nodes,
  quantizer,
  plan,
  nameIn,
  within,
}: VariantNode): void {
  const raw = (value: string): string =>
    plan.activations.has(value) ? `${nameIn(variant, value)}/raw` : nameIn(variant, value);
  const isFloat = within !== undefined && !within.has(index);
  if (!isFloat) {
    const outputs = new Set(node.outputs);
    const copy = renamed(node, value => (outputs.has(value) ? raw(value) : read(value)));
    const inputs = copy.inputs.map((value, input) => {
      const encoding = plan.operands.get(operandKey(index, input));
      if (encoding === undefined) return value;
      const name = quantizedName(variant, `operand${index}:${input}`);
      quantizer(value, name, encoding);
      return name;
    });
    nodes.push({ ...copy, name: node.name === '' ? '' : quantizedName(variant, node.name), inputs });
  }
  for (const output of node.outputs) {
    const encoding = plan.activations.get(output);
    if (encoding !== undefined) quantizer(isFloat ? output : raw(output), nameIn(variant, output), encoding);
  }
}

/** Writes pairs of QuantizeLinear and DequantizeLinear; 16 bits are standard from opset 21 on. */
function quantizerWriter(
  opsets: Graph['opsets'],
  nodes: Node[],
  constants: Map<string, Tensor>,
): (from: string, to: string, encoding: Encoding) => void {
  const domain = (opsets[''] ?? 0) >= 21 ? '' : 'com.microsoft';
  return (from, to, { scale, zeroPoint, bits, signed }) => {
    const grid = [`${to}/scale`, `${to}/zero_point`] as const;
    constants.set(grid[0], {
      name: grid[0],
      type: 'float32',
      dims: [],
      data: bytesOf(Float32Array.of(scale)),
    });
    const type = `${signed ? '' : 'u'}int${bits === 16 ? 16 : 8}` as const;
    const data = bits === 16 ? bytesOf(Uint16Array.of(zeroPoint & 0xffff)) : Uint8Array.of(zeroPoint & 0xff);
    constants.set(grid[1], { name: grid[1], type, dims: [], data });
    const steps = `${to}/steps`;
    nodes.push({
      name: '',
      op: 'QuantizeLinear',
      domain,
      inputs: [from, ...grid],
      outputs: [steps],
      attributes: {},
    });
    nodes.push({
      name: '',
      op: 'DequantizeLinear',
      domain,
      inputs: [steps, ...grid],
      outputs: [to],
      attributes: {},
    });
  };
}

function inputValue(wiring: Wiring, name: string): GraphValue {
  const given = wiring.graph.inputs.find(input => input.name === name);
  if (given !== undefined) return given;
  const value = name.replace(/^quantized\d+\//, '');
  return { name, type: wiring.kinds.type(value) ?? 'float32', dims: undefined };
}
