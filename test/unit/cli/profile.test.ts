import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/protocol/runRecord';
import { nanoDir, root } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';
import { type Ended, Program } from './program';

const folder = scratchFolder();
const picture = path.join(root, 'samples', 'level-b6.png');
const baseline = path.join(folder, 'baseline.json');
let program: Program;
let first: Ended;

const short = ['--repeat', '2', '--tokens', '8', '--contexts', '100'];
const profile = (...more: string[]) => [
  'profile',
  nanoDir,
  '--image',
  picture,
  '--prompt',
  'What does the sign say?',
  ...more,
];

/** The baseline with a change. @returns its path */
function changed(name: string, change: (record: RunRecord) => void): string {
  const record: RunRecord = JSON.parse(readFileSync(baseline, 'utf8'));
  change(record);
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(record));
  return file;
}

beforeAll(async () => {
  program = await Program.build();
  first = await program.run(profile(...short, '--json', baseline));
}, 120_000);

describe('autoneural profile', () => {
  it('prints medians with their tails, the slowest operators and where they ran, and writes all of it', () => {
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('autoneural-nano, fp32: measured on This machine (CPU), ');
    expect(first.stdout).toMatch(/the prompt as it is: 64 \+ 14 tokens +median +p10 +p90 +n\n/);
    expect(first.stdout).toMatch(/context 100: 64 \+ 36 tokens/);
    expect(first.stdout).toMatch(/decode, tok\/s +[\d.]+ +[\d.]+ +[\d.]+ +2\n/);
    expect(first.stdout).toContain('ran on CPUExecutionProvider 100.0 %');
    const record: RunRecord = JSON.parse(readFileSync(baseline, 'utf8'));
    expect(record).toMatchObject({ format: 'autoneural-run', version: 1, status: 'complete' });
    expect(record.repetitions.every(({ tokenAtMs }) => tokenAtMs.length === 8)).toBe(true);
  });

  it('passes a gate that is wide enough, and ends with 3 at one that is not', async () => {
    const wide = profile(...short, '--no-operators', '--baseline', baseline, '--max-regression', '1000%');
    const { code, stdout } = await program.run(wide);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Against the baseline \S+ \(at most 1000 % worse\):\n {2}decode: /);
    const faster = changed('faster.json', ({ summaries }) => {
      for (const each of summaries) each.median *= each.metric === 'decodeTokensPerSecond' ? 100 : 1;
    });
    const narrow = profile(...short, '--no-operators', '--baseline', faster, '--max-regression', '900');
    expect((await program.run(narrow)).code).toBe(0);
    const gated = await program.run(
      profile(...short, '--no-operators', '--baseline', faster, '--max-regression', '95%'),
    );
    expect(gated.code).toBe(3);
    expect(gated.stderr).toMatch(
      /^2 of 6 medians are more than 95 % worse than the baseline: decode[^\n]+ \(9\d\.\d % worse\); decode[^\n]+ \(9\d\.\d % worse\)\.\n$/,
    );
  }, 60_000);

  it('refuses baselines that say nothing, those that cannot be read before anything is measured', async () => {
    const other = changed('other.json', ({ provenance }) => {
      provenance.model.graphSha256 = 'c'.repeat(64);
      provenance.device.processor = 'Atom';
    });
    const { code, stderr } = await program.run(profile(...short, '--no-operators', '--baseline', other));
    expect(code).toBe(1);
    expect(stderr).toBe(
      'The baseline is of another model, another machine: measure one with the settings of this run.\n',
    );
    const newer = changed('newer.json', record => Object.assign(record, { version: 2 }));
    const refused = await program.run(profile('--baseline', newer));
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'newer.json is a run record of version 2, and this program reads up to 1: update AutoNeural Studio.\n',
    });
  });

  it('keeps what it measured when it is stopped', async () => {
    const file = path.join(folder, 'stopped.json');
    const started = Date.now();
    const { code, stderr } = await program.run(profile(...short, '--sustain', '60', '--json', file), {
      interruptWhen: () => Date.now() - started > 8000,
    });
    expect(code).toBe(130);
    expect(stderr).toContain('The profile was stopped; what was measured until then is kept.');
    expect(existsSync(file)).toBe(true);
    const record: RunRecord = JSON.parse(readFileSync(file, 'utf8'));
    expect(record.status).toBe('cancelled');
    expect(record.repetitions.length).toBeGreaterThan(0);
  }, 60_000);

  it.each([
    [['profile', nanoDir], 2, 'profile needs a picture: --image FILE.'],
    [['profile', nanoDir, '--image', picture], 2, 'profile needs a question: --prompt "QUESTION".'],
    [profile('--contexts', '128,many'), 2, '--contexts takes a whole number from 1 to 1000000, not "many".'],
    [profile('--tokens', '1'), 2, '--tokens takes a whole number from 2 to 65536, not "1".'],
    [profile('--max-regression', '5%'), 2, '--max-regression needs a run to compare with: --baseline RUN.'],
    [
      profile('--baseline', 'x.json', '--max-regression', 'much'),
      2,
      '--max-regression takes a percentage such as 10%, not "much".',
    ],
    [
      profile('--target', 'npu'),
      2,
      'There is no target npu: choose one of local-cpu, local-webgpu, local-dml, local-coreml, local-cuda, local-tensorrt.',
    ],
    [profile('--baseline', '/nowhere.json'), 1, 'There is no run record at /nowhere.json: check the path.'],
  ])('%j is refused', async (args, code, message) => {
    expect(await program.run(args)).toEqual({ code, stdout: '', stderr: `${message}\n` });
  });

  it('says why a target cannot be used, instead of using another', async () => {
    const { code, stdout, stderr } = await program.run(profile('--target', 'local-dml'));
    if (process.platform === 'win32') return;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^This machine \(DirectML\) cannot be used \(ONNX Runtime does not offer it on .+\): it needs .+\.\n$/,
    );
  });
});

describe('autoneural devices', () => {
  it('lists what ONNX Runtime lists here, and the reason where a target is not available', async () => {
    const { code, stdout } = await program.run(['devices', '--json']);
    expect(code).toBe(0);
    const targets = JSON.parse(stdout);
    expect(targets[0]).toMatchObject({ id: 'local-cpu', available: true, provider: 'cpu' });
    for (const { available, missing, id } of targets)
      expect(
        missing.some(({ what }: { what: string }) => what === 'provider'),
        id,
      ).toBe(!available);
    const table = await program.run(['devices']);
    expect(table.stdout).toMatch(/local-cpu +available\n/);
  });

  it('has facts to copy that do not name the machine', async () => {
    const { stdout } = await program.run(['devices', '--diagnostics']);
    expect(stdout).toMatch(/^autoneural-studio \d[^\n]*\nsystem: [^\n]+\nprocessor: /);
    expect(stdout).toContain('onnxruntime: 1.');
    const [{ device }] = JSON.parse((await program.run(['devices', '--json'])).stdout);
    expect(stdout).not.toContain(device.name);
  });
});
