import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/onnx/graphBuilder';
import type { Graph } from '../../../../src/onnx/model';
import { decodeForeign } from '../../../../src/profiling/import/foreignFile';
import { importRun } from '../../../../src/profiling/import/importRun';
import { type OrtProfile, readOrtProfile } from '../../../../src/profiling/import/ortProfile';
import { parseJson } from '../../../../src/profiling/import/readJson';
import { floats, load } from '../../architecture/ort';
import { scratchFolder } from '../../engine/pictures';
import { small } from '../../quantization/smallGraph';
import { figureOf, onlyRecord } from './foreign';

const folder = scratchFolder();

/** Lets ONNX Runtime itself write a profile of some runs. */
async function profile(name: string, graph: Graph, runs: number): Promise<Buffer> {
  const options = { enableProfiling: true, profileFilePrefix: path.join(folder, name) };
  const session = await load(graph, { ...options, graphOptimizationLevel: 'disabled' });
  for (let run = 0; run < runs; run++)
    await session.run({ x: floats(new Float32Array(144).fill(run), [1, 4, 6, 6]) });
  session.endProfiling();
  await session.release();
  const file = readdirSync(folder).find(entry => entry.startsWith(`${name}_`));
  if (file === undefined) throw new Error('ONNX Runtime wrote no profile');
  return readFileSync(path.join(folder, file));
}

function read(bytes: Uint8Array): OrtProfile {
  const file = decodeForeign('profile.json', bytes);
  return readOrtProfile(file, parseJson(file));
}

describe('a profile that ONNX Runtime has just written', () => {
  let bytes: Buffer;
  beforeAll(async () => {
    bytes = await profile('three', small(), 3);
  });

  it('names every node with its type, where it ran and how often, the first run apart', () => {
    const { first, later, runUs } = read(bytes);
    const nodes = small().nodes.map(({ name, op }) => [name, op]);
    for (const [operators, calls] of [
      [first, 1],
      [later, 2],
    ] as const) {
      expect(operators.map(({ layer, op }) => [layer, op])).toEqual(nodes);
      for (const one of operators) expect(one).toMatchObject({ calls, provider: 'CPUExecutionProvider' });
    }
    expect(runUs).toHaveLength(3);
  });

  it('has operators that take no longer than the runs around them', () => {
    const { first, later, runUs } = read(bytes);
    const sum = (operators: readonly { timeUs: number }[]) =>
      operators.reduce((total, { timeUs }) => total + timeUs, 0);
    const [cold = 0, ...warm] = runUs;
    expect(sum(first)).toBeLessThanOrEqual(cold);
    expect(sum(later)).toBeLessThanOrEqual(warm.reduce((total, us) => total + us, 0));
  });

  it('is imported with the time of loading and of each run', () => {
    const [record] = importRun('three.json', bytes).records;
    expect(record?.provenance.target.label).toBe('placed on CPUExecutionProvider');
    expect(record?.loads).toHaveLength(1);
    expect(figureOf(record, 'model_run')).toMatchObject({ n: 2, unit: 'ms' });
    expect(record?.operatorPass?.operators).toHaveLength(small().nodes.length);
    expect(record?.notes).toContain(
      'Operators are summed over 2 runs; the first after loading is not counted.',
    );
  });

  it('of one run says that it was the first', async () => {
    const [record] = importRun('one.json', await profile('one', small(), 1)).records;
    expect(record?.operatorPass?.operators[0]?.calls).toBe(1);
    expect(record?.notes.join(' ')).toMatch(/holds one run, the first after loading/);
  });

  it('of an unnamed node names it by its type and place', async () => {
    const graph = new GraphBuilder('unnamed', { '': 21 });
    const x = graph.input('x', 'float32', [1, 4, 6, 6]);
    graph.output('y', graph.op('Relu', '', [x]), 'float32', [1, 4, 6, 6]);
    const [operator] = read(await profile('unnamed', graph.build(), 1)).first;
    expect(operator?.layer).not.toBe('');
    expect(operator?.op).toBe('Relu');
  });

  it('that is cut off is refused as such', () => {
    expect(() => importRun('cut.json', bytes.subarray(0, bytes.length / 2))).toThrow(
      /cut\.json ends in the middle/,
    );
  });
});

describe('the stored profile of ONNX Runtime', () => {
  it('sums the two later runs', () => {
    const record = onlyRecord('ort-profile.json');
    expect(record.loads).toEqual([{ kind: 'cold', ms: 9.696, derived: false, rssBytes: null }]);
    expect(figureOf(record, 'model_run')).toMatchObject({ cold: 0.68, values: [0.38, 0.342] });
    const product = record.operatorPass?.operators.find(({ layer }) => layer === 'connector.linear1');
    expect(product).toMatchObject({ op: 'MatMul', calls: 2, timeUs: 130 });
  });
});
