import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import { encodeModel, maxModelBytes } from '../../../src/onnx/encode';
import { bytesOf, GraphBuilder } from '../../../src/onnx/graphBuilder';
import type { Graph } from '../../../src/onnx/model';
import { floats, load, run } from '../architecture/ort';

function decode(graph: Graph): onnx.ModelProto {
  return onnx.ModelProto.decode(Buffer.concat([...encodeModel(graph)]));
}

function affine(): Graph {
  const graph = new GraphBuilder('affine', { '': 23 });
  const x = graph.input('x', 'float32', [1, 'length']);
  const doubled = graph.op('Mul', 'place.double', [x, graph.floats(2)]);
  const shifted = graph.op('Add', 'place.shift', [doubled, graph.floats([1.5])]);
  const [left, right] = graph.opMany<[string, string]>('Split', 'place.split', [shifted], 2, {
    attributes: { axis: { int: -1 }, num_outputs: { int: 2 } },
  });
  graph.output('left', left, 'float32', [1, 'half']);
  graph.output('right', right, 'float32', [1, 'half']);
  return graph.build();
}

describe('encodeModel', () => {
  test('writes what another protobuf reader reads', () => {
    const model = decode(affine());
    expect(Number(model.irVersion)).toBe(11);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 23]]);
    const { node, input, output, initializer, name } = model.graph ?? {};
    expect(name).toBe('affine');
    expect(node?.map(({ name, opType }) => [name, opType])).toEqual([
      ['place.double', 'Mul'],
      ['place.shift', 'Add'],
      ['place.split', 'Split'],
    ]);
    expect(node?.[2]?.output).toEqual(['left', 'right']);
    const axis = node?.[2]?.attribute?.find(attribute => attribute.name === 'axis');
    expect(Number(axis?.i)).toBe(-1);
    expect(axis?.type).toBe(onnx.AttributeProto.AttributeType.INT);
    expect(
      input?.[0]?.type?.tensorType?.shape?.dim?.map(dim => dim.dimParam || Number(dim.dimValue)),
    ).toEqual([1, 'length']);
    expect(output?.map(({ name }) => name)).toEqual(['left', 'right']);
    expect(initializer?.map(({ name, dims }) => [name, dims?.map(Number)])).toEqual([
      ['float32.2', []],
      ['float32.[1.5]', [1]],
    ]);
  });

  test('writes what ONNX Runtime runs', async () => {
    const { left, right } = await run(await load(affine()), {
      x: floats(Float32Array.of(0, 1, 2, -4), [1, 4]),
    });
    expect([...(left?.data ?? []), ...(right?.data ?? [])]).toEqual([1.5, 3.5, 5.5, -6.5]);
  });

  test('loads lazy weights only while it is drained, and refuses a wrong length', () => {
    let loads = 0;
    const graph = new GraphBuilder('lazy', { '': 23 });
    const load = (): Uint8Array => {
      loads++;
      return bytesOf(Float32Array.of(1, 2));
    };
    const weight = graph.initializer({
      name: 'w',
      type: 'float32',
      dims: [2],
      data: { byteLength: 8, load },
    });
    graph.output('y', graph.op('Identity', 'place', [weight]), 'float32', [2]);
    const chunks = encodeModel(graph.build());
    expect(loads).toBe(0);
    const { graph: decoded } = onnx.ModelProto.decode(Buffer.concat([...chunks]));
    expect(loads).toBe(1);
    expect(Buffer.from(decoded?.initializer?.[0]?.rawData ?? []).readFloatLE(4)).toBe(2);

    const short = new GraphBuilder('short', { '': 23 });
    short.initializer({ name: 'w', type: 'float32', dims: [3], data: { byteLength: 12, load } });
    expect(() => [...encodeModel(short.build())]).toThrow('12 bytes loaded 8');
  });

  test('refuses a model that no reader could open', () => {
    const graph = new GraphBuilder('huge', { '': 23 });
    const data = { byteLength: maxModelBytes + 1, load: () => new Uint8Array() };
    graph.initializer({ name: 'w', type: 'float32', dims: [(maxModelBytes + 1) / 4], data });
    expect(() => encodeModel(graph.build())).toThrow(`but one ONNX file holds at most ${maxModelBytes}`);
  });

  test('keeps any name, integer and float', () => {
    const anyInt = fc.oneof(fc.integer(), fc.maxSafeInteger());
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.array(anyInt),
        anyInt,
        fc.float(),
        (name, ints, int, float) => {
          const graph: Graph = {
            name,
            inputs: [],
            outputs: [],
            nodes: [
              {
                name,
                op: 'Op',
                domain: name,
                inputs: ['', name],
                outputs: [name],
                attributes: { ints: { ints }, int: { int }, float: { float }, text: { string: name } },
              },
            ],
            initializers: [
              { name, type: 'int64', dims: [ints.length], data: bytesOf(BigInt64Array.from(ints, BigInt)) },
            ],
            opsets: { '': 23, [name]: 1 },
          };
          const model = decode(graph);
          const node = model.graph?.node?.[0];
          const attribute = (key: string) => node?.attribute?.find(each => each.name === key);
          expect(node?.domain).toBe(name);
          expect(node?.input).toEqual(['', name]);
          expect(attribute('ints')?.ints?.map(Number)).toEqual(ints);
          expect(Number(attribute('int')?.i)).toBe(int);
          expect(attribute('float')?.f).toBe(float);
          expect(Buffer.from(attribute('text')?.s ?? []).toString()).toBe(name);
          const raw = Uint8Array.from(model.graph?.initializer?.[0]?.rawData ?? []);
          expect([...new BigInt64Array(raw.buffer)].map(Number)).toEqual(ints);
        },
      ),
    );
  });
});

describe('GraphBuilder', () => {
  test('stores equal constants once', () => {
    const graph = new GraphBuilder('dedup', { '': 23 });
    expect(graph.ints([1, 2])).toBe(graph.ints([1, 2]));
    expect(graph.ints(1)).not.toBe(graph.ints([1]));
    expect(graph.floats(1)).not.toBe(graph.ints(1));
    expect(graph.build().initializers).toHaveLength(4);
  });

  test('refuses what would make a wrong graph', () => {
    const graph = new GraphBuilder('wrong', { '': 23 });
    const x = graph.input('x', 'float32', [1]);
    graph.op('Neg', 'place', [x]);
    expect(() => graph.op('Neg', 'place', [x])).toThrow('place is defined twice');
    expect(() => graph.op('Neg', 'other', ['nowhere'])).toThrow('other reads nowhere, which nothing defines');
    expect(() => graph.op('Gelu', 'third', [x], { domain: 'com.microsoft' })).toThrow('com.microsoft');
    expect(() => graph.output('y', x, 'float32', [1])).toThrow('x cannot become output y');
    graph.initializer({ name: 'w', type: 'float32', dims: [1], data: new Uint8Array(4) });
    expect(() =>
      graph.initializer({ name: 'w', type: 'float32', dims: [2], data: new Uint8Array(8) }),
    ).toThrow('two different constants are named w');
  });
});
