import type { Graph, Node, Tensor } from '../../onnx/model';
import { floatsOfConstant } from '../graph/constants';
import { operandKey, type PlannedWeight, type QuantizerPlan } from '../graph/placement';
import { renamed } from '../graph/rename';
import { type QuantizedWeights, quantizeWeights } from '../numerics/weightQuantizer';
import { activationQuantizer, type Insertion, weightDequantizer } from './quantizerNodes';

/**
 * The graph with the quantizers of a plan: weights as integers with DequantizeLinear behind them, activations through
 * QuantizeLinear and DequantizeLinear. A quantized value keeps its name, the float one before it is `NAME:float`.
 * @param graph with its nodes in the order the plan was made for
 */
export function quantizedGraph(graph: Graph, plan: QuantizerPlan): Graph {
  const opset = graph.opsets[''] ?? 0;
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  const insert = (insertion: Insertion): void => {
    nodes.push(...insertion.nodes);
    initializers.push(...insertion.initializers);
  };
  for (const tensor of graph.initializers) {
    const weight = plan.weights.get(tensor.name);
    if (weight === undefined) initializers.push(tensor);
    else insert(weightDequantizer(storedWeights(tensor, weight), opset));
  }
  for (const [index, node] of graph.nodes.entries()) {
    const outputs = new Set(node.outputs.filter(output => plan.activations.has(output)));
    const copy = renamed(node, value => (outputs.has(value) ? `${value}:float` : value));
    const inputs = copy.inputs.map((value, input) => {
      const encoding = plan.operands.get(operandKey(index, input));
      if (encoding === undefined) return value;
      const name = `${node.outputs[0]}:operand${input}`;
      insert(activationQuantizer(value, name, encoding, opset));
      return name;
    });
    nodes.push({ ...copy, inputs });
    for (const output of outputs) {
      const encoding = plan.activations.get(output);
      if (encoding !== undefined) insert(activationQuantizer(`${output}:float`, output, encoding, opset));
    }
  }
  const contrib = nodes.some(({ domain }) => domain === 'com.microsoft');
  const opsets = contrib
    ? { ...graph.opsets, 'com.microsoft': graph.opsets['com.microsoft'] ?? 1 }
    : graph.opsets;
  return { ...graph, nodes, initializers, opsets };
}

/** Integers, scales and zero points are written one after the other: quantized once, then let go. */
function storedWeights(tensor: Tensor, { axis, settings }: PlannedWeight) {
  let kept: QuantizedWeights | undefined;
  const parts = settings.symmetric ? 2 : 3;
  let asked = 0;
  return {
    name: tensor.name,
    dims: tensor.dims,
    axis,
    settings,
    quantized: (): QuantizedWeights => {
      const quantized = kept ?? quantizeWeights(floatsOfConstant(tensor), tensor.dims, axis, settings);
      asked++;
      kept = asked % parts === 0 ? undefined : quantized;
      return quantized;
    },
  };
}
