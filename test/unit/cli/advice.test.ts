import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { withOptions } from '../../../src/cli/advice';
import { sampleOptions } from '../../../src/cli/sampleOptions';
import { encodeModel } from '../../../src/onnx/encode';
import { GraphBuilder } from '../../../src/onnx/graphBuilder';
import { type Asks, StudioError } from '../../../src/protocol/failure';
import { freshDir, tinyBundle } from '../bundle/tinyBundle';
import { Program } from './program';

describe('the command line names the options that answer what is asked for', () => {
  let program: Program;
  beforeAll(async () => {
    program = await Program.build();
  }, 60_000);

  function openGraph(): string {
    const graph = new GraphBuilder('bare', { '': 17 });
    const x = graph.input('x', 'float32', ['rows', 4]);
    const rate = graph.op('Cast', 'cast', [graph.input('sr', 'int64', [])], {
      attributes: { to: { int: 1 } },
    });
    graph.output('y', graph.op('Mul', 'product', [x, rate]), 'float32', ['rows', 4]);
    const file = path.join(freshDir(), 'bare.onnx');
    writeFileSync(file, Buffer.concat([...encodeModel(graph.build())]));
    return file;
  }

  test('sizes and numbers of inputs, where a command takes them', async () => {
    const given = await program.run(['quantize', 'inspect', openGraph()]);
    expect(given).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'The size rows of the input x is open: give one (for example --shape x=1,4 --value sr=16000).\n',
    });
    const sized = await program.run(['quantize', 'inspect', openGraph(), '--shape', 'x=2,4']);
    expect(sized.stderr).toMatch(/: give the number it has in use \(for example --value sr=16000\)\.\n$/);
  });

  test('samples for a model that brings none', async () => {
    const { code, stderr } = await program.run(['quantize', 'inspect', tinyBundle()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /: name a folder of pictures like those it will see \(--calibration DIR\|FILE\)\.\n$/,
    );
  });
});

describe('a sentence', () => {
  const advised = (asks: Asks, message = 'It is open: give one.') =>
    withOptions(new StudioError('usage', message, { asks }), {
      options: { shape: { placeholder: 'NAME=1', description: '' }, ...sampleOptions },
    });

  test('stays as it is where the command has no such option, and where nothing is asked for', () => {
    expect(advised({ original: { name: 'other', sha256: '0' } })).toMatchObject({
      message: 'It is open: give one.',
    });
    expect(advised({})).toMatchObject({ message: 'It is open: give one.' });
    const other = new TypeError('x');
    expect(withOptions(other, { options: sampleOptions })).toBe(other);
  });

  test('names three inputs and counts the others, as a shell takes them', () => {
    const openInputs = ['a', 'b c', 'd', 'e', 'f'].map(name => ({ name, dims: [1, 'n', -1] }));
    expect(advised({ openInputs })).toMatchObject({
      kind: 'usage',
      asks: { openInputs },
      message:
        "It is open: give one (for example --shape a=1,1,1 --shape 'b c=1,1,1' --shape d=1,1,1 and so on for 2 more).",
    });
  });
});
