import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { buildGraph } from '../../src/architecture/build';
import type { TextConfig } from '../../src/architecture/modelConfig';
import { floatsOf, loadOrt, type Ort, openSession } from '../../src/engine/onnxRuntime';
import { constantBytes } from '../../src/onnx/externalData';
import { bytesOf } from '../../src/onnx/graphBuilder';
import type { Tensor as Constant, Graph, GraphValue, Node } from '../../src/onnx/model';
import { type Engine, largestOf, promptIds } from './engine';
import { equalBitsDecoder, type Subject, writeGraph } from './here';

/**
 * A decoder of this repository with the attention that public exports of LFM2 have (onnx-community/LFM2-350M-ONNX):
 * `GroupQueryAttention`, whose outputs are all keys and values so far. Everything else, weights included, stays.
 */
export function withGrowingCache(graph: Graph, { layers, ...text }: TextConfig): Graph {
  const attention = [...layers.keys()].filter(layer => layers[layer] === 'attention');
  const replaced = new Map(attention.map(layer => [`decoder.layer${layer}.attn.contextFlat`, layer]));
  const fresh = new Map(
    attention.flatMap(layer =>
      ['key', 'value'].map(part => [`present_key_values.${layer}.${part}`, `layer${layer}.new.${part}`]),
    ),
  );
  const renamed = (names: readonly string[]): string[] => names.map(name => fresh.get(name) ?? name);
  const nodes = graph.nodes.flatMap(node => {
    const layer = replaced.get(node.name);
    if (layer !== undefined) return growingAttention(layer, node, text);
    return [{ ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) }];
  });
  const kept = needed(nodes, graph.outputs);
  const read = new Set(kept.flatMap(node => node.inputs));
  const sizes: GraphValue[] = [
    { name: 'seqlens_k', type: 'int32', dims: [1] },
    { name: 'total_sequence_length', type: 'int32', dims: [] },
  ];
  return {
    ...graph,
    name: 'decoder_growing',
    nodes: kept,
    inputs: [...graph.inputs.filter(({ name }) => read.has(name)), ...sizes],
    outputs: graph.outputs.map(output =>
      fresh.has(output.name) ? { ...output, dims: [1, text.keyValueHeads, 'total', text.headDim] } : output,
    ),
    initializers: [...graph.initializers.filter(({ name }) => read.has(name)), flatRows],
  };
}

const flatRows: Constant = {
  name: 'growing.flatRows',
  type: 'int64',
  dims: [3],
  data: bytesOf(BigInt64Array.of(1n, 0n, -1n)),
};

/** Queries, keys and values as rows of all heads, and the operator in place of `replaced`. */
function growingAttention(
  layer: number,
  replaced: Node,
  { heads, keyValueHeads }: Pick<TextConfig, 'heads' | 'keyValueHeads'>,
): Node[] {
  const place = `layer${layer}.growing`;
  const rows = (part: string, source: string): Node[] => [
    {
      name: `${place}.${part}Heads`,
      op: 'Transpose',
      domain: '',
      inputs: [source],
      outputs: [`${place}.${part}Heads`],
      attributes: { perm: { ints: [0, 2, 1, 3] } },
    },
    {
      name: `${place}.${part}`,
      op: 'Reshape',
      domain: '',
      inputs: [`${place}.${part}Heads`, flatRows.name],
      outputs: [`${place}.${part}`],
      attributes: {},
    },
  ];
  const past = `past_key_values.${layer}`;
  const present = `present_key_values.${layer}`;
  return [
    ...rows('query', `decoder.layer${layer}.attn.queryRotary`),
    ...rows('key', `layer${layer}.new.key`),
    ...rows('value', `layer${layer}.new.value`),
    {
      name: place,
      op: 'GroupQueryAttention',
      domain: 'com.microsoft',
      inputs: [
        ...['query', 'key', 'value'].map(part => `${place}.${part}`),
        `${past}.key`,
        `${past}.value`,
        'seqlens_k',
        'total_sequence_length',
      ],
      outputs: [...replaced.outputs, `${present}.key`, `${present}.value`],
      attributes: {
        num_heads: { int: heads },
        kv_num_heads: { int: keyValueHeads },
        // The queries come with the scale in the weight of their norm.
        scale: { float: 1 },
      },
    },
  ];
}

/** The nodes that some output depends on, in their order. */
function needed(nodes: readonly Node[], outputs: readonly GraphValue[]): Node[] {
  const wanted = new Set(outputs.map(({ name }) => name));
  const kept = [...nodes].reverse().filter(node => {
    if (!node.outputs.some(output => wanted.has(output))) return false;
    for (const input of node.inputs) wanted.add(input);
    return true;
  });
  return kept.reverse();
}

/**
 * The decoder with keys and values the way transformers.js passes them in Node: every run returns all of them anew
 * (`present.*`), and the next is handed those tensors (its `getPastKeyValues`). The prompt is one run.
 */
export async function openGrowing(subject: Subject): Promise<Engine> {
  const { folder, config, weights, threads } = subject;
  const graph = withGrowingCache(equalBitsDecoder(subject), config.text);
  const place = path.join(folder, 'growing');
  const embedding = buildGraph('embed_tokens', config, weights, 'fp32');
  const sessions = {
    embed: await openSession(writeGraph(place, embedding), threads),
    decoder: await openSession(writeGraph(place, graph), threads),
  };
  const loop = new GrowingLoop(await loadOrt(), sessions, graph);
  return {
    name: 'growing K/V, as in transformers.js',
    weightBytes: constantBytes(graph),
    prefillBytes: 0,
    cacheNumberBytes: 4,
    read: async count => {
      loop.clear();
      await loop.step(promptIds(count));
    },
    write: async count => {
      const first = loop.next;
      for (let written = 0; written < count; written++) await loop.step([loop.next]);
      return first;
    },
    close: async () => {
      await sessions.embed.release();
      await sessions.decoder.release();
    },
  };
}

class GrowingLoop {
  next = 0;
  private length = 0;
  private past: Record<string, Tensor> = {};

  constructor(
    private readonly ort: Ort,
    private readonly sessions: { embed: InferenceSession; decoder: InferenceSession },
    private readonly graph: Graph,
  ) {}

  clear(): void {
    this.length = 0;
    this.past = {};
    for (const { name, dims = [] } of this.graph.inputs.filter(input => input.name.startsWith('past_'))) {
      const sizes = dims.map(size => (typeof size === 'number' ? size : 0));
      const count = sizes.reduce((product, size) => product * size, 1);
      this.past[name] = new this.ort.Tensor('float32', new Float32Array(count), sizes);
    }
  }

  async step(ids: readonly number[]): Promise<void> {
    const integers = (values: readonly number[]): Tensor =>
      new this.ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const { inputs_embeds } = await this.sessions.embed.run({ input_ids: integers(ids) });
    if (inputs_embeds === undefined) throw new Error('the graph gave no embeddings');
    const total = this.length + ids.length;
    const outputs = await this.sessions.decoder.run({
      inputs_embeds,
      position_ids: integers(ids.map((_, index) => this.length + index)),
      seqlens_k: new this.ort.Tensor('int32', Int32Array.of(total - 1), [1]),
      total_sequence_length: new this.ort.Tensor('int32', Int32Array.of(total), []),
      ...this.past,
    });
    for (const [name, tensor] of Object.entries(outputs))
      if (name.startsWith('present_')) this.past[name.replace('present_', 'past_')] = tensor;
    this.length = total;
    this.next = largestOf(floatsOf(outputs['logits'], 'logits'));
  }
}
