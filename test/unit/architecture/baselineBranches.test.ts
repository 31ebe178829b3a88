import { describe, expect, test } from 'vitest';
import { buildGraph, type CommonGraphName } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import type { Graph } from '../../../src/onnx/model';
import { inferShapes } from '../../../src/onnx/shapes/infer';
import { structureOf } from '../../../src/onnx/structure';
import { type BaselineCase, baseline } from './baselineGolden';
import { DecoderHost } from './decoderHost';
import { DrawnWeights, draw } from './drawn';
import { floats, ints, openGraph, relativeError, run } from './ort';

/** Ten times what the parity tests let pass. */
const noticed = 1e-3;
const patience = { timeout: 120_000 };

const cases = Object.entries(baseline.cases);

/** Weights of which one is neutral: a norm or a layer scale is all ones, anything else all zeros. */
class WithoutTensor extends DrawnWeights {
  constructor(
    shapes: Readonly<Record<string, readonly number[]>>,
    private readonly missing: string,
  ) {
    super(shapes);
  }

  override readFloats(name: string): Float32Array {
    const values = super.readFloats(name);
    const isFactor = this.tensors.get(name)?.shape.length === 1 && !name.endsWith('.bias');
    return name === this.missing ? values.fill(isFactor ? 1 : 0) : values;
  }
}

/** The graphs that have a node instead of which one of its inputs could stand, each without that node. */
function bypassed(graph: Graph): { name: string; graph: Graph }[] {
  const operators = 'Add Gelu LayerNormalization Mul RMSNormalization RotaryEmbedding Sigmoid Softmax'.split(
    ' ',
  );
  const { shapes } = inferShapes(structureOf(graph));
  const shapeOf = (value: string): string => JSON.stringify(shapes.get(value));
  return graph.nodes.flatMap((node, index) => {
    if (!operators.includes(node.op)) return [];
    const same = node.inputs.filter(input => shapeOf(input) === shapeOf(node.outputs[0] ?? ''));
    return same.map(input => {
      const identity = { ...node, op: 'Identity', inputs: [input], attributes: {} };
      return {
        name: `${node.name} = ${input}`,
        graph: { ...graph, nodes: graph.nodes.with(index, identity) },
      };
    });
  });
}

const graphOf = (name: CommonGraphName, golden: BaselineCase, weights: DrawnWeights): Graph =>
  buildGraph(name, parseConfig(golden.config), weights, 'fp32');

function inputsOf(
  name: Exclude<CommonGraphName, 'decoder'>,
  golden: BaselineCase,
): Parameters<typeof run>[1] {
  const { imageSize: edge } = parseConfig(golden.config).vision;
  switch (name) {
    case 'vision_encoder':
      return { pixel_values: floats(draw('pixels', 3 * edge ** 2, -2, 2), [1, 3, edge, edge]) };
    case 'connector':
      return { image_features: floats(golden.features.data, golden.features.shape) };
    case 'embed_tokens':
      return { input_ids: ints(golden.ids, [1, golden.ids.length]) };
  }
}

/** What a graph answers: the encoder and the connector to one input, the decoder to the second of two. */
async function answer(name: CommonGraphName, graph: Graph, golden: BaselineCase): Promise<Float32Array> {
  const session = await openGraph(graph);
  const { text } = parseConfig(golden.config);
  try {
    if (name === 'decoder') {
      const host = new DecoderHost(session, text, 16);
      await host.step(draw('first', 5 * text.hiddenSize, -1, 1));
      return (await host.step(draw('second', 3 * text.hiddenSize, -1, 1))).data;
    }
    const outputs = await run(session, inputsOf(name, golden));
    return Object.values(outputs)[0]?.data ?? new Float32Array();
  } finally {
    await session.release();
  }
}

describe.each(cases)('%s', (_, golden) => {
  const graphOfTensor = (tensor: string): CommonGraphName => {
    if (tensor.startsWith('vision_model.')) return 'vision_encoder';
    if (tensor.startsWith('mlp1.')) return 'connector';
    return tensor.includes('tok_embeddings') ? 'embed_tokens' : 'decoder';
  };

  test('every tensor changes the answer', patience, async () => {
    const whole = new DrawnWeights(golden.tensors);
    const expected = new Map<CommonGraphName, Float32Array>();
    for (const tensor of Object.keys(golden.tensors)) {
      const name = graphOfTensor(tensor);
      const before = expected.get(name) ?? (await answer(name, graphOf(name, golden, whole), golden));
      expected.set(name, before);
      const graph = graphOf(name, golden, new WithoutTensor(golden.tensors, tensor));
      expect(relativeError(await answer(name, graph, golden), before), tensor).toBeGreaterThan(noticed);
    }
  });

  test.each<[CommonGraphName, number]>([
    ['vision_encoder', 30],
    ['connector', 4],
    ['decoder', 30],
  ])('every branch of the %s changes the answer', patience, async (name, atLeast) => {
    const graph = graphOf(name, golden, new DrawnWeights(golden.tensors));
    const expected = await answer(name, graph, golden);
    const mutants = bypassed(graph).filter(mutant => !isWithoutEffect(mutant.name, golden));
    expect(mutants.length).toBeGreaterThanOrEqual(atLeast);
    for (const mutant of mutants) {
      const found = await answer(name, mutant.graph, golden);
      expect(relativeError(found, expected), mutant.name).toBeGreaterThan(noticed);
    }
  });
});

/** What is the same for all keys of a query, the softmax takes away: a key's bias without a norm or a rotation behind. */
function isWithoutEffect(name: string, golden: BaselineCase): boolean {
  return /^vision\..*\.key\.shift/.test(name) && golden.config.vision_config['qk_normalization'] === false;
}
