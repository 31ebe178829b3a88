import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { nanoDir, root } from '../engine/nano';
import { hugePng, put, scratchFolder } from '../engine/pictures';
import { Program } from './program';

const folder = scratchFolder();
const picture = path.join(root, 'test/fixtures/heldout/images/carfinder-00.png');
const model = ['--model', nanoDir];
let program: Program;

beforeAll(async () => {
  program = await Program.build();
});

/** Runs a call that must fail with exactlyly one line on stderr and nothing on stdout. */
async function sentence(args: string[], code: number): Promise<string> {
  const ended = await program.run(args);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  return ended.stderr.trimEnd();
}

describe('prompt', () => {
  it('writes the answer alone to stdout, and twice the same', async () => {
    const first = await program.run(['prompt', picture, 'Where did I park?', ...model]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^[^\n]+\n$/);
    expect(await program.run(['prompt', picture, 'Where did I park?', ...model])).toEqual(first);
  });

  it('gives the whole record with --json', async () => {
    const plain = await program.run(['prompt', picture, 'Where did I park?', ...model]);
    const { code, stdout } = await program.run([
      'prompt',
      picture,
      'Where did I park?',
      ...model,
      '--json',
      '--precision',
      'fp32',
    ]);
    expect(code).toBe(0);
    const record = JSON.parse(stdout);
    expect(Object.keys(record)).toEqual(['answer', 'tokens', 'precision', 'timings', 'model']);
    expect(record.answer).toBe(plain.stdout.trimEnd());
    expect(record.precision).toBe('fp32');
    for (const stage of [
      'decodeImageMs',
      'resizeMs',
      'encodeMs',
      'prefillMs',
      'ttftMs',
      'decodeTokensPerSecond',
    ])
      expect(record.timings[stage]).toBeGreaterThan(0);
    expect(record.model).toEqual({
      name: path.basename(nanoDir),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('takes paths from where it is called', async () => {
    const ended = await program.run(['prompt', path.basename(picture), 'Where did I park?', ...model], {
      cwd: path.dirname(picture),
    });
    expect(ended.code).toBe(0);
  });

  it('says on stderr which words the model does not know and when the answer was cut', async () => {
    const ended = await program.run([
      'prompt',
      picture,
      'Describe the Quetzalcoatlus.',
      ...model,
      '--max-tokens',
      '1',
    ]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^[^\n]*\n$/);
    expect(ended.stderr).toBe(
      'note: the model does not know "Quetzalcoatlus" and answers without.\nnote: the answer was cut after 1 token.\n',
    );
  });

  it('ends quietly when nobody reads its answer', async () => {
    expect(await program.runIntoClosedPipe(['prompt', picture, 'Where did I park?', ...model])).toMatchObject(
      { code: 0, stderr: '' },
    );
  });
});

describe('bad input', () => {
  const ask = (image: string, question = 'What is it?', more = model) =>
    sentence(['prompt', image, question, ...more], 1);

  it('is told in one sentence: pictures', async () => {
    const missing = path.join(folder, 'missing.png');
    expect(await ask(missing)).toBe(`There is no picture at ${missing}: check the path.`);
    expect(await ask(put(folder, 'notes.png', 'words'))).toBe(
      'notes.png is text, which is not read: choose a PNG, JPEG, WebP, GIF, TIFF or AVIF picture.',
    );
    const whole = await sharp(picture).jpeg().toBuffer();
    expect(await ask(put(folder, 'cut.jpg', whole.subarray(0, whole.length / 2)))).toMatch(
      /^cut\.jpg is damaged or cut off, .+: get a whole copy of it\.$/,
    );
    expect(await ask(put(folder, 'huge.png', hugePng(20_000, 20_000)))).toBe(
      'huge.png is 20,000 x 20,000 pixels and at most 100 megapixels are read: scale it down first.',
    );
  });

  it('is told in one sentence: questions', async () => {
    expect(await ask(picture, '  ')).toBe(
      'The question is empty: type what you want to know about the picture.',
    );
    expect(await ask(picture, 'car '.repeat(2000))).toBe(
      'The question has 2,000 tokens and the model has room for 952 beside the picture: shorten it.',
    );
  });

  it('is told in one sentence: model folders', async () => {
    const nowhere = path.join(folder, 'nowhere');
    expect(await ask(picture, 'What?', ['--model', nowhere])).toBe(
      `There is no model folder at ${nowhere}; choose another folder or fetch the model.`,
    );
    const broken = path.join(folder, 'broken');
    cpSync(nanoDir, broken, { recursive: true });
    const weights = path.join(broken, 'model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(weights, bytes);
    expect(await ask(picture, 'What?', ['--model', broken])).toMatch(
      / is damaged: model\.safetensors differs from its sha256; [^\n]+\.$/,
    );
    rmSync(path.join(broken, 'tokenizer.json'));
    expect(await ask(picture, 'What?', ['--model', broken])).toMatch(
      / is damaged: .*tokenizer\.json is missing.*; [^\n]+\.$/,
    );
  });
});

describe('wrong usage', () => {
  it.each([
    [[], 'Name a command: prompt, evaluate, build, compare, inspect, quantize, profile, devices or help.'],
    [['promt', 'a', 'b'], 'The command promt is not known, did you mean prompt?'],
    [
      ['draw'],
      'The command draw is not known: there are prompt, evaluate, build, compare, inspect, quantize, profile, devices, help.',
    ],
    [
      ['--json'],
      'The option --json stands before the command or is not known: there are prompt, evaluate, build, compare, inspect, quantize, profile, devices, help.',
    ],
    [['prompt'], 'prompt needs IMAGE and "QUESTION": autoneural prompt IMAGE "QUESTION"'],
    [
      ['prompt', 'a.png', 'what', 'is', 'this'],
      'prompt takes IMAGE and "QUESTION", but was given 4 arguments: put the question in quotes.',
    ],
    [['prompt', 'a.png', 'b', '--modle', 'x'], 'prompt has no option --modle, did you mean --model?'],
    [['prompt', 'a.png', 'b', '-x'], 'prompt has no option -x; "autoneural help prompt" lists them.'],
    [
      ['prompt', 'a.png', 'b', '--blind'],
      'prompt has no option --blind; "autoneural help prompt" lists them.',
    ],
    [['prompt', 'a.png', 'b', '--model'], '--model needs a value: --model DIR.'],
    [['prompt', 'a.png', 'b', '--model', '--json'], '--model needs a value: --model DIR.'],
    [['prompt', 'a.png', 'b', '--json=yes'], '--json takes no value.'],
    [
      ['prompt', 'a.png', 'b', '--max-tokens', '0'],
      '--max-tokens takes a whole number from 1 to 65536, not "0".',
    ],
    [
      ['prompt', 'a.png', 'b', '--max-tokens', '1e3'],
      '--max-tokens takes a whole number from 1 to 65536, not "1e3".',
    ],
    [
      ['prompt', 'a.png', 'b', '--precision', 'int3'],
      '--precision takes fp32, w8a16-w4a16, cpu-q4, recipe, not "int3".',
    ],
    [['evaluate'], 'evaluate needs SUITE.jsonl...: autoneural evaluate SUITE.jsonl...'],
  ])('%j', async (args, message) => {
    expect(await sentence(args, 2)).toBe(message);
  });
});

describe('help', () => {
  it('is there for everything and for each command', async () => {
    const overview = await program.run(['help']);
    expect(overview).toMatchObject({ code: 0, stderr: '' });
    expect(await program.run(['--help'])).toEqual(overview);
    for (const [command, option] of [
      ['prompt', '--max-tokens N'],
      ['evaluate', '--blind'],
    ] as const) {
      expect(overview.stdout).toContain(`  ${command} `);
      const help = await program.run(['help', command]);
      expect(help.stdout).toContain(option);
      expect(await program.run([command, '--help'])).toEqual(help);
    }
  });

  it('tells the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect((await program.run(['--version'])).stdout).toBe(`${version}\n`);
  });

  it('is not what a question behind -- means', async () => {
    const ended = await program.run(['prompt', ...model, '--', picture, '--help']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).not.toContain('IMAGE');
  });
});

describe('evaluate', () => {
  const suite = put(
    folder,
    'suite.jsonl',
    ['What color is it?', 'Where is it?', 'Where did I park?']
      .map((question, i) =>
        JSON.stringify({ image: 'car.png', question, answers: ['Yes'], group: i === 0 ? 'a' : 'b' }),
      )
      .join('\n'),
  );
  put(folder, 'car.png', readFileSync(picture));

  it('scores a suite, as a table and as JSON', async () => {
    const { code, stdout } = await program.run(['evaluate', suite, ...model, '--json']);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual(['exactMatch', 'n', 'groups', 'answers']);
    expect(result).toMatchObject({ n: 3, groups: { a: { n: 1 }, b: { n: 2 } } });
    expect(Object.keys(result.answers[0])).toEqual(['image', 'question', 'answer', 'correct']);
    const table = await program.run(['evaluate', suite, ...model, '--blind']);
    expect(table.stdout).toMatch(
      /^exact match, blind +\d+\.\d % of 3\n {2}a +\d+\.\d % of 1\n {2}b +\d+\.\d % of 2\n$/,
    );
  });

  it('agrees with prompt', async () => {
    const { stdout } = await program.run(['evaluate', suite, ...model, '--json']);
    const asked = await program.run(['prompt', picture, 'Where did I park?', ...model]);
    expect(JSON.parse(stdout).answers[2].answer).toBe(asked.stdout.trimEnd());
  });

  it('stops at Ctrl-C with the exit code of an interrupted program', async () => {
    const fresh = await Program.build();
    const long = path.join(root, 'test/fixtures/heldout/shapes.jsonl');
    const ended = await fresh.run(['evaluate', long, ...model], { interruptWhen: () => fresh.isAtWork() });
    expect(ended).toMatchObject({ code: 130, stdout: '' });
    expect(ended.stderr).toMatch(/^(Loading the model|The answer) was stopped\.\n$/);
  });

  it('names the line of a bad suite', async () => {
    const bad = put(folder, 'bad.jsonl', '{"image": ');
    expect(await sentence(['evaluate', bad, ...model], 1)).toBe(
      'bad.jsonl, line 1 is not JSON: correct the line.',
    );
    const gone = put(
      folder,
      'gone.jsonl',
      JSON.stringify({ image: 'gone.png', question: 'Q', answers: ['A'] }),
    );
    expect(await sentence(['evaluate', gone, ...model], 1)).toBe(
      "The suite's picture gone.png is missing: put it in its place or correct the suite.",
    );
  });
});
