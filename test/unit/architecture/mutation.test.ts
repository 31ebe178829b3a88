import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import type { WeightSource } from '../../../src/architecture/weights';
import type { Graph } from '../../../src/onnx/model';
import { DrawnWeights } from './drawn';
import { configJson, parity } from './golden';
import { mutantsOf, mutatedWeights, tensorMutations } from './mutations';
import { connectorError, decoderError, encoderError, textGraphs, tolerance } from './parityCheck';

/*
 * The parity tests are worth something if they fail whenever a graph is wrong. Here every graph is made wrong in every
 * way that mutations.ts knows, one at a time, and the comparison must fail each time, or a reason must stand here.
 */

const patience = { timeout: 300_000 };
/** As the file says it, not as ONNX Runtime would rewrite it; mutants that cannot run need no log. */
const plain = { logSeverityLevel: 4, graphOptimizationLevel: 'disabled' } as const;

/** A wrong graph whose output is nonetheless the right one, as mathematics has it. */
interface Equivalent {
  readonly cases: readonly string[];
  readonly mutant: RegExp;
  readonly because: string;
}

const equivalents: readonly Equivalent[] = [
  {
    cases: ['pooled', 'interpolated', 'narrow'],
    mutant: /\.startNorm with another (axis|epsilon)$/,
    because: 'a factor per pixel goes through the 1x1 convolution and is divided away by the norm behind it',
  },
  {
    cases: ['narrow'],
    mutant: /^vision\.msfa\.ffn\.projectNorm with another (axis|epsilon)$/,
    because: 'without pooling the norm of the fusion follows at once and divides a factor per pixel away',
  },
  {
    cases: ['pooled', 'narrow'],
    mutant: /^vision\.msfa\.upsample1 with another nearest_mode$/,
    because:
      'to twice the size, floor and round_prefer_floor take the same pixels; "interpolated" tells them apart',
  },
  {
    cases: ['interpolated'],
    mutant: /^vision\.msfa\.upsample1 with another coordinate_transformation_mode$/,
    because: 'from 3 to 5 rows both take the same pixels; "pooled" tells them apart',
  },
  {
    cases: ['tied', 'untied'],
    mutant: /\.conv\.split with outputs 0 and 2 exchanged$/,
    because: 'B * x is x * B',
  },
  {
    cases: ['tied', 'untied'],
    mutant: /^decoder\.(layer4\.feedForwardNorm|norm|rowSplit) with another axis$/,
    because: 'there is one row only, or one axis',
  },
  {
    cases: ['untied'],
    mutant: /^decoder\.(layer3\.feedForwardNorm|layer\d\.attn\.keyNorm) with another axis$/,
    because: 'there is one row only, or one head of keys; "tied" has two',
  },
];

type Check = (graph: Graph) => Promise<number>;

/** Expects that just those mutants pass the comparison which are equivalent. */
async function expectAllKilled(
  name: string,
  mutants: Iterable<{ readonly name: string; readonly error: () => Promise<number> }>,
): Promise<number> {
  const own = equivalents.filter(({ cases }) => cases.includes(name));
  const excused: string[] = [];
  const survivors: string[] = [];
  let count = 0;
  for (const mutant of mutants) {
    count++;
    if (own.some(({ mutant: pattern }) => pattern.test(mutant.name))) excused.push(mutant.name);
    // One that cannot run is found out as well.
    const error = await mutant.error().catch(() => Number.POSITIVE_INFINITY);
    if (error <= tolerance) survivors.push(mutant.name);
  }
  expect(survivors).toEqual(excused);
  return count;
}

function* nodeMutants(graph: Graph, check: Check, sizes?: Readonly<Record<string, number>>) {
  for (const mutant of mutantsOf(graph, sizes)) yield { name: mutant.name, error: () => check(mutant.graph) };
}

function* weightMutants(
  shapes: Readonly<Record<string, readonly number[]>>,
  check: (weights: WeightSource) => Promise<number>,
) {
  const weights = new DrawnWeights(shapes);
  for (const mutation of tensorMutations(shapes))
    yield { name: mutation.name, error: () => check(mutatedWeights(weights, mutation)) };
}

function encoderCase(name: string) {
  const golden = parity.vision[name];
  if (golden === undefined) throw new Error(`there is no case ${name}`);
  const config = parseConfig(configJson({ vision: golden.config }));
  const graphOf = (weights: WeightSource): Graph => buildGraph('vision_encoder', config, weights, 'fp32');
  const check: Check = graph => encoderError(name, golden, graph, plain);
  return { tensors: golden.tensors, graphOf, check };
}

describe('encoder', () => {
  test.each(['pooled', 'interpolated', 'narrow'])('%s: no wrong node passes', patience, async name => {
    const { tensors, graphOf, check } = encoderCase(name);
    const graph = graphOf(new DrawnWeights(tensors));
    expect(await check(graph)).toBeLessThan(tolerance);
    expect(await expectAllKilled(name, nodeMutants(graph, check))).toBeGreaterThan(200);
  });

  test('pooled: no wrong tensor passes', patience, async () => {
    const { tensors, graphOf, check } = encoderCase('pooled');
    const mutants = weightMutants(tensors, weights => check(graphOf(weights)));
    expect(await expectAllKilled('pooled', mutants)).toBeGreaterThan(300);
  });
});

describe('connector', () => {
  const { tensors } = parity.connector;
  const graphOf = (weights: WeightSource): Graph =>
    buildGraph('connector', parseConfig(configJson()), weights, 'fp32');
  const check: Check = graph => connectorError(graph, plain);

  test('no wrong node and no wrong tensor passes', async () => {
    await expectAllKilled('connector', nodeMutants(graphOf(new DrawnWeights(tensors)), check));
    await expectAllKilled(
      'connector',
      weightMutants(tensors, weights => check(graphOf(weights))),
    );
  });
});

describe.each(Object.entries(parity.text))('decoder %s', (name, golden) => {
  const graphs = textGraphs(golden, new DrawnWeights(golden.tensors));

  test('no wrong node passes', patience, async () => {
    expect(await decoderError(golden, graphs, plain)).toBeLessThan(tolerance);
    const check: Check = decoder => decoderError(golden, { ...graphs, decoder }, plain);
    const mutants = nodeMutants(graphs.decoder, check, { sequence: 5, past: 7, total: 12 });
    expect(await expectAllKilled(name, mutants)).toBeGreaterThan(200);
  });

  test('no wrong tensor passes', patience, async () => {
    const check = (weights: WeightSource): Promise<number> =>
      decoderError(golden, textGraphs(golden, weights), plain);
    expect(await expectAllKilled(name, weightMutants(golden.tensors, check))).toBeGreaterThan(100);
  });
});
