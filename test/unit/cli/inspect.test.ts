import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import { bytesOfGraph } from '../architecture/ort';
import { nanoDir } from '../engine/nano';
import { put, scratchFolder } from '../engine/pictures';
import { Program } from './program';

const folder = scratchFolder();
let program: Program;

beforeAll(async () => {
  program = await Program.build();
});

async function inspect(...args: string[]) {
  const { code, stdout, stderr } = await program.run(['inspect', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe("inspect of the paper's network", () => {
  // Source: ptflops of timm's encoder plus the products of its attention, in 10^9 multiply-accumulates.
  it.each([
    [256, 43.7],
    [512, 181.8],
    [768, 435.7],
  ])('at %i px', async (size, gigamacs) => {
    const found = await inspect('autoneural-1.5b', '--size', String(size));
    const [encoder, connector, decoder] = found.parts;
    expect(Object.keys(encoder)).toEqual(['name', 'parameters', 'macs', 'bytes']);
    expect(encoder).toMatchObject({ name: 'encoder', parameters: 294_126_912 });
    expect((encoder.macs / 1e9).toFixed(1)).toBe(String(gigamacs));
    expect(connector).toMatchObject({ name: 'connector', parameters: 8_388_608, macs: 256 * 8_388_608 });
    expect(decoder).toMatchObject({ name: 'decoder', parameters: 1_170_340_608 });
    expect(found.cacheBytesPerToken).toBe(2 * 12_288);
    expect(found.stateBytes).toBe(10 * 2048 * 2 * 4);
    expect(found.unknown).toEqual({ operators: {}, macsOfLayers: 0, reasons: {} });
    expect(found.layers[0]).toEqual({
      layer: 'vision.stem',
      op: 'Conv',
      parameters: 1792,
      macs: 27 * 64 * (size / 2) ** 2,
      outputShape: [1, 64, size / 2, size / 2],
    });
    const sum = found.layers.reduce((total: number, { macs }: { macs: number }) => total + macs, 0);
    expect(sum).toBe(encoder.macs + connector.macs + decoder.macs);
  });

  it('counts the context in the decoder', async () => {
    const macsAt = async (context: number) =>
      (await inspect('autoneural-1.5b', '--context', String(context))).parts[2].macs;
    // Six layers of 32 heads of 64, scores and their use.
    expect((await macsAt(1025)) - (await macsAt(1))).toBe(1024 * 6 * 32 * 64 * 2);
  });

  it('prints a table', async () => {
    const { code, stdout } = await program.run(['inspect', 'autoneural-1.5b', '--size', '256']);
    expect(code).toBe(0);
    const rows = stdout.split('\n').slice(2, 6);
    expect(rows.map(row => row.split(/ {2,}/))).toEqual([
      ['part', 'parameters', 'MACs', 'weights'],
      ['encoder', '294,126,912', '43.7 G', '1.2 GB'],
      ['connector', '8,388,608', '2.1 G', '33.6 MB'],
      ['decoder', '1,170,340,608', '1.3 G', '5.2 GB'],
    ]);
    expect(new Set(rows.map(row => row.length)).size).toBe(1);
    expect(stdout).toMatch(/^Memory at a context of 4,096: /m);
  });
});

describe('inspect of a bundle', () => {
  it('agrees with its weights', async () => {
    const { parts } = await inspect(nanoDir);
    const header = readFileSync(path.join(nanoDir, 'model.safetensors'));
    const bytes = Number(header.readBigUInt64LE(0));
    const tensors: Record<string, { shape?: number[] }> = JSON.parse(header.toString('utf8', 8, 8 + bytes));
    const sizes = Object.values(tensors).map(({ shape }) => shape?.reduce((a, b) => a * b, 1) ?? 0);
    const total = parts.reduce((sum: number, part: { parameters: number }) => sum + part.parameters, 0);
    expect(total).toBe(sizes.reduce((a, b) => a + b, 0));
  });

  it('names a tensor that its config does not fit', async () => {
    const other = path.join(folder, 'other');
    cpSync(nanoDir, other, { recursive: true });
    const file = path.join(other, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    config.projector_hidden_size += 8;
    writeFileSync(file, JSON.stringify(config));
    const { code, stderr } = await program.run(['inspect', other]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The weights do not fit [^\n]*multi_modal_projector.linear_1.weight[^\n]*\n$/);
  });
});

describe('inspect of a graph', () => {
  const graph = new GraphBuilder('little', { '': 23, custom: 1 });
  const x = graph.input('picture', 'float32', [1, 3, 'height', 'width']);
  const data = new Uint8Array(4 * 8 * 3 * 9);
  const weight = graph.initializer({ name: 'w', type: 'float32', dims: [8, 3, 3, 3], data });
  const features = graph.op('Conv', 'conv', [x, weight]);
  graph.output('y', graph.op('Odd', 'odd', [features], { domain: 'custom' }), 'float32', [1]);
  const file = put(folder, 'little.onnx', Buffer.from(bytesOfGraph(graph.build())));

  it('says what is not known', async () => {
    const found = await inspect(file);
    expect(found.parts).toEqual([{ name: 'little', parameters: 216, macs: null, bytes: 864 }]);
    expect(found.cacheBytesPerToken).toBeNull();
    const reasons = {
      'a size that it depends on is not known': 1,
      'the operator custom:Odd is not known': 1,
    };
    expect(found.unknown).toEqual({ operators: { 'custom:Odd': 1 }, macsOfLayers: 2, reasons });
    expect(found.layers[1]).toMatchObject({ macs: null, reason: 'the operator custom:Odd is not known' });
    expect(found.layers[0].outputShape).toEqual([1, 8, null, null]);
    const { stdout } = await program.run(['inspect', file]);
    expect(stdout).toContain('Operators that are not known: custom:Odd (1).\n');
    expect(stdout).toContain(
      'MACs that are not known: of 2 layers.\n  a size that it depends on is not known: 1\n  the operator',
    );
  });

  it('takes the size of the picture', async () => {
    const { layers } = await inspect(file, '--size', '10');
    expect(layers[0]).toMatchObject({ macs: 8 * 8 * 216, outputShape: [1, 8, 8, 8] });
  });
});

describe('bad input ends in one sentence', () => {
  it.each([
    [['autoneural-1.5'], 2, /did you mean autoneural-1.5b\?$/],
    [['autoneural-1.5b', '--size', '8'], 2, /^--size takes a whole number from 32 to 4096, not "8"\.$/],
    [['autoneural-1.5b', '--context', '0'], 2, /^--context takes a whole number from 1 to 4096, not "0"/],
    [['absent.onnx'], 1, /absent\.onnx cannot be opened \(ENOENT\); check the path\.$/],
    [[path.join(nanoDir, 'model.safetensors')], 1, /./],
    [[put(folder, 'broken.onnx', 'not protobuf')], 1, /broken\.onnx is no ONNX model that can be read \(/],
  ])('%j', async (args, code, sentence) => {
    const ended = await program.run(['inspect', ...args]);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
    expect(ended.stderr.trimEnd()).toMatch(sentence);
  });
});
