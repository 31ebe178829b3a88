import { onnx } from 'onnx-proto';
import type { Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import type { Graph } from '../../../src/onnx/model';
import { inferShapes } from '../../../src/onnx/shapes/infer';
import { structureOf } from '../../../src/onnx/structure';
import { bytesOfGraph } from '../architecture/ort';

const ort = await import('onnxruntime-node');

/** The shape every value has when ONNX Runtime runs the graph. */
async function shapesThatRan(
  graph: Graph,
  feeds: Record<string, Tensor>,
  values: readonly string[],
): Promise<Map<string, readonly number[]>> {
  const model = onnx.ModelProto.decode(bytesOfGraph(graph));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  for (const name of values)
    if (!outputs.has(name)) model.graph?.output?.push(onnx.ValueInfoProto.create({ name }));
  const session = await ort.InferenceSession.create(onnx.ModelProto.encode(model).finish(), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const results = await session.run(feeds);
  return new Map(Object.entries(results).map(([name, { dims }]) => [name, dims]));
}

/** Infers the shapes of a graph and expects what runs, of every value or of those that are named. */
export async function expectShapesThatRun(
  graph: Graph,
  feeds: Record<string, Tensor>,
  values: readonly string[] = graph.nodes.flatMap(node => node.outputs),
): Promise<void> {
  const { shapes, unknownOperators } = inferShapes(
    structureOf(graph),
    (input, axis) => feeds[input]?.dims[axis],
  );
  expect([...unknownOperators]).toEqual([]);
  const ran = await shapesThatRan(graph, feeds, values);
  expect(ran.size).toBeGreaterThan(0);
  const inferred = Object.fromEntries([...ran.keys()].map(name => [name, shapes.get(name)]));
  expect(inferred).toEqual(Object.fromEntries(ran));
}
