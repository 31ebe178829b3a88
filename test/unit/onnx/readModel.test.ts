import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import { buildGraph, graphNames } from '../../../src/architecture/build';
import { parseConfig } from '../../../src/architecture/config';
import { ShapeOnlyWeights } from '../../../src/architecture/shapeOnly';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { readModel } from '../../../src/onnx/readModel';
import { structureOf } from '../../../src/onnx/structure';
import { StudioError } from '../../../src/protocol/failure';
import {
  externalModel,
  hostileModels,
  hostilePlaces,
  nestedModel,
} from '../../fixtures/hostile-onnx/hostile';
import { configJson } from '../architecture/golden';
import { bytesOfGraph, load } from '../architecture/ort';
import { put, scratchFolder } from '../engine/pictures';

const folder = scratchFolder();

function read(bytes: Uint8Array): ReturnType<typeof readModel> {
  return readModel(put(folder, 'model.onnx', Buffer.from(bytes)));
}

function problemOf(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    expect(error.kind).toBe('model-invalid');
    expect(error.message).toMatch(/^[^\n]+ is no ONNX model that can be read \([^\n]+\); check [^\n]+\.$/);
    return error.message;
  }
  return 'nothing was wrong';
}

/** A small graph with all that a file can hold. */
function sample(): Graph {
  const graph = new GraphBuilder('sample', { '': 23 });
  const x = graph.input('x', 'float32', ['batch', 4]);
  const weight = graph.initializer({
    name: 'w',
    type: 'float32',
    dims: [4, 2],
    data: new Uint8Array(32),
  });
  const y = graph.op('Gemm', 'place.gemm', [x, weight], { attributes: { alpha: { float: 0.5 } } });
  const z = graph.op('Reshape', 'place.reshape', [y, graph.ints([-1, 1])]);
  graph.output(
    'z',
    graph.op('Gelu', 'place.gelu', [z], { attributes: { approximate: { string: 'tanh' } } }),
    'float32',
    ['rows', 1],
  );
  return graph.build();
}

describe('readModel', () => {
  test.each(graphNames)('reads %s as it was built', name => {
    const config = parseConfig(configJson());
    const weights = new ShapeOnlyWeights();
    weights.readFloats = tensor =>
      new Float32Array((weights.asked.get(tensor) ?? []).reduce((a, b) => a * b, 1));
    const graph = buildGraph(name, config, weights, 'fp32');
    const found = read(bytesOfGraph(graph));
    const built = structureOf(graph);
    expect(found.name).toBe(built.name);
    expect(found.opsets).toEqual({ '': 23 });
    expect(found.inputs).toEqual(built.inputs.map(({ name, dims }) => ({ name, dims })));
    expect(found.outputs).toEqual(built.outputs.map(({ name, dims }) => ({ name, dims })));
    expect(found.tensors.size).toBe(built.tensors.size);
    for (const tensor of built.tensors.values()) expect(found.tensors.get(tensor.name)).toMatchObject(tensor);
    const plain = (nodes: typeof built.nodes) =>
      JSON.parse(JSON.stringify(nodes.map(({ attributes: _, ...node }) => node)));
    expect(plain(found.nodes)).toEqual(plain(built.nodes));
    for (const [index, { attributes }] of built.nodes.entries()) {
      for (const [key, value] of Object.entries(attributes)) {
        const read = found.nodes[index]?.attributes[key];
        // A float attribute has 32 bits.
        expect(read).toEqual('float' in value ? { float: Math.fround(value.float) } : value);
      }
    }
  });

  test('sees what another protobuf reader sees, whoever wrote it', () => {
    const decoded = onnx.ModelProto.decode(bytesOfGraph(sample()));
    const found = read(onnx.ModelProto.encode(decoded).finish());
    expect(found).toEqual(read(bytesOfGraph(sample())));
    expect(found.nodes.map(({ name, op }) => [name, op])).toEqual(
      decoded.graph?.node?.map(({ name, opType }) => [name, opType]),
    );
    expect(found.tensors.get('int64.[-1,1]')?.values).toEqual([-1, 1]);
    expect(found.inputs[0]).toEqual({ name: 'x', dims: ['batch', 4] });
  });

  test('calls valid what ONNX Runtime loads', async () => {
    expect(read(bytesOfGraph(sample())).nodes).toHaveLength(3);
    await load(sample());
  });

  test('is not drawn into subgraphs, however deep', () => {
    expect(read(nestedModel(1000)).nodes).toEqual([
      {
        name: '',
        op: 'Loop',
        domain: '',
        inputs: [],
        outputs: [],
        attributes: { body: { other: 'subgraph' } },
      },
    ]);
  });

  test('names a file that is not there or no file', () => {
    expect(() => readModel(path.join(folder, 'absent.onnx'))).toThrow(
      /absent.onnx cannot be opened \(ENOENT\)/,
    );
    expect(() => readModel(folder)).toThrow(/cannot be opened \(it is not a file\)/);
  });
});

test.each(hostileModels)('refuses $name', ({ bytes, problem }) => {
  expect(problemOf(bytes)).toMatch(problem);
});

describe('external data', () => {
  const weights = put(folder, 'weights.bin', Buffer.alloc(8));

  test('may lie in a plain file of the folder', () => {
    const entries = { location: 'weights.bin', offset: '4', length: '4' };
    expect(read(externalModel(entries)).tensors.get('w')).toMatchObject({ bytes: 4, elements: 1 });
  });

  test.each(hostilePlaces)('is refused: $name', ({ name, entries, problem }) => {
    if (name === 'symbolic link') symlinkSync(weights, path.join(folder, 'soft.bin'));
    if (name === 'hard link')
      linkSync(put(folder, 'other.bin', Buffer.alloc(8)), path.join(folder, 'hard.bin'));
    if (name === 'linked folder') {
      mkdirSync(path.join(folder, 'real'));
      put(path.join(folder, 'real'), 'weights.bin', Buffer.alloc(8));
      symlinkSync(path.join(folder, 'real'), path.join(folder, 'linked'), 'junction');
    }
    expect(problemOf(externalModel(entries))).toMatch(problem);
  });
});

test('skips weights of any size', () => {
  const data = new Uint8Array(16);
  const bytes = Buffer.from(
    onnx.ModelProto.encode(
      onnx.ModelProto.create({
        irVersion: 11,
        opsetImport: [{ domain: '', version: 23 }],
        graph: {
          name: 'g',
          initializer: [
            {
              name: 'w',
              dataType: 1,
              dims: [2 ** 30, 2],
              dataLocation: 1,
              externalData: [{ key: 'location', value: 'big.bin' }],
            },
            { name: 's', dataType: 1, dims: [4], rawData: data },
          ],
        },
      }),
    ).finish(),
  );
  const big = openSync(path.join(folder, 'big.bin'), 'w');
  ftruncateSync(big, 2 ** 33);
  closeSync(big);
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  expect(read(bytes).tensors.get('w')?.bytes).toBe(2 ** 33);
  expect(performance.now() - startedAt).toBeLessThan(1000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});

test('skips weights inside the file by seeking', () => {
  // graph { initializer { dims, type, raw_data of 1.9 GB } } with a hole in place of the data.
  const size = 1_900_000_000;
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
  const tensorHead = [0x08, ...varint(size / 4), 0x10, 0x01, 0x42, 0x01, 0x77, 0x4a, ...varint(size)];
  const tensorBytes = tensorHead.length + size;
  const graphHead = [0x2a, ...varint(tensorBytes)];
  const head = [0x3a, ...varint(graphHead.length + tensorBytes), ...graphHead, ...tensorHead];
  const file = path.join(folder, 'inline.onnx');
  const fd = openSync(file, 'w');
  writeSync(fd, Buffer.from(head), 0, head.length, 0);
  writeSync(fd, Buffer.from([0x42, 0x02, 0x10, 0x17]), 0, 4, head.length + size);
  closeSync(fd);
  const startedAt = performance.now();
  expect(readModel(file).tensors.get('w')?.elements).toBe(size / 4);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

describe('files from anywhere', () => {
  const valid = bytesOfGraph(sample());
  const file = path.join(folder, 'fuzz.onnx');
  const readsOrRefuses = (bytes: Uint8Array): void => {
    writeFileSync(file, bytes);
    try {
      readModel(file);
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
    }
  };

  test('are read or refused: random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readsOrRefuses), { numRuns: 300 });
  });

  test('are read or refused: a model cut anywhere', () => {
    for (let length = 0; length < valid.length; length++) readsOrRefuses(valid.subarray(0, length));
  });

  test('are read or refused: a model with changed bytes', () => {
    const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    const changes = fc.array(change, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, list => {
        const bytes = Uint8Array.from(valid);
        for (const [place, byte] of list) bytes[place] = byte;
        readsOrRefuses(bytes);
      }),
      { numRuns: 400 },
    );
  });
});
