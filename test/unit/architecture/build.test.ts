import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type BuiltPrecision,
  builderVersion,
  buildGraph,
  graphNames,
  graphNamesOf,
} from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import type { Graph } from '../../../src/onnx/model';
import { plainCase } from './baselineGolden';
import { DrawnWeights } from './drawn';
import { configJson, parity } from './golden';

const shapes = {
  ...parity.vision['pooled']?.tensors,
  ...parity.connector.tensors,
  ...parity.text['tied']?.tensors,
};

function graphs(precision: BuiltPrecision = 'fp32'): Graph[] {
  const config = parseConfig(configJson());
  return graphNamesOf(precision).map(name => buildGraph(name, config, new DrawnWeights(shapes), precision));
}

function baselineGraphs(): Graph[] {
  const { config, tensors } = plainCase();
  return graphNames.map(name => buildGraph(name, parseConfig(config), new DrawnWeights(tensors), 'fp32'));
}

function digestOf(built: readonly Graph[]): string {
  const structure = JSON.stringify(built, (key, value) => (key === 'data' ? undefined : value));
  return createHash('sha256').update(structure).digest('hex').slice(0, 16);
}

test('a graph that differs from before has a new builder version, or caches would go on with the old one', () => {
  expect([
    builderVersion,
    digestOf(graphs()),
    digestOf(baselineGraphs()),
    digestOf(graphs('cpu-q4')),
  ]).toEqual([4, 'eb16805082ce3be2', '2435d28e653d9f9b', '2998827d1b897e58']);
});

describe('the graphs', () => {
  test('use standard operators only, each node named by its place', () => {
    for (const { name, nodes } of graphs()) {
      const place = {
        vision_encoder: 'vision.',
        connector: 'connector.',
        embed_tokens: 'embedding.',
        decoder: 'decoder.',
      }[name];
      for (const node of nodes) {
        expect(node.domain).toBe('');
        expect(node.name.startsWith(place ?? '?')).toBe(true);
      }
    }
    const names = graphs().flatMap(({ nodes }) => nodes.map(({ name }) => name));
    for (const layer of [
      'vision.stem',
      'vision.stage2.block1.attn.query',
      'decoder.layer1.attn.key',
      'decoder.layer0.feedForward.gate',
    ]) {
      expect(names).toContain(layer);
    }
    expect(new Set(names).size).toBe(names.length);
  });

  test('have the inputs and outputs that the engine feeds and reads', () => {
    const ends = graphs().map(({ inputs, outputs }) =>
      [inputs, outputs].map(values => values.map(({ name, dims }) => `${name} ${dims?.join()}`)),
    );
    expect(ends).toEqual([
      [['pixel_values 1,3,96,96'], ['image_features 1,9,24']],
      [['image_features 1,9,24'], ['image_embeds 1,9,32']],
      [['input_ids 1,sequence'], ['inputs_embeds 1,sequence,32']],
      [
        [
          'inputs_embeds 1,sequence,32',
          'position_ids 1,sequence',
          'attention_bias sequence,total',
          'past_conv.0 1,32,2',
          'past_key_values.1.key 1,2,past,8',
          'past_key_values.1.value 1,2,past,8',
          'past_conv.2 1,32,2',
          'past_key_values.3.key 1,2,past,8',
          'past_key_values.3.value 1,2,past,8',
          'past_conv.4 1,32,2',
        ],
        [
          'present_conv.0 1,32,2',
          'present_key_values.1.key 1,2,sequence,8',
          'present_key_values.1.value 1,2,sequence,8',
          'present_conv.2 1,32,2',
          'present_key_values.3.key 1,2,sequence,8',
          'present_key_values.3.value 1,2,sequence,8',
          'present_conv.4 1,32,2',
          'logits 1,1,61',
        ],
      ],
    ]);
  });

  test('of the baseline have the same ends, and the same names for the same parts', () => {
    const ends = baselineGraphs().map(({ inputs, outputs }) =>
      [inputs, outputs].map(values => values.map(({ name, dims }) => `${name} ${dims?.join()}`)),
    );
    const layers = [0, 1, 2].flatMap(layer => [`${layer}.key`, `${layer}.value`]);
    expect(ends).toEqual([
      [['pixel_values 1,3,20,20'], ['image_features 1,4,96']],
      [['image_features 1,4,96'], ['image_embeds 1,4,32']],
      [['input_ids 1,sequence'], ['inputs_embeds 1,sequence,32']],
      [
        [
          'inputs_embeds 1,sequence,32',
          'position_ids 1,sequence',
          'attention_bias sequence,total',
          ...layers.map(layer => `past_key_values.${layer} 1,2,past,8`),
        ],
        [...layers.map(layer => `present_key_values.${layer} 1,2,sequence,8`), 'logits 1,1,61'],
      ],
    ]);
    const nodes = baselineGraphs().flatMap(graph => graph.nodes);
    expect(new Set(nodes.map(({ domain }) => domain))).toEqual(new Set(['']));
    const names = nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'vision.patch',
        'vision.layer2.attn.query',
        'vision.layer0.feedForward.down',
        'connector.linear1',
        'decoder.layer1.attn.key',
        'decoder.layer0.feedForward.gate',
      ]),
    );
  });
});
