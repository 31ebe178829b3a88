import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { runRecordSchema } from '../../../src/protocol/runRecord';
import { root } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';
import { Program } from './program';

const foreign = (name: string) => path.join(root, 'test/fixtures/foreign-runs', name);
const folder = scratchFolder();
let program: Program;
beforeAll(async () => {
  program = await Program.build();
});

describe('profile import', () => {
  it('shows what another program measured, as imported, with what is estimated and what is not known', async () => {
    const { code, stdout, stderr } = await program.run(['profile', 'import', foreign('qnn-events.csv')]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^qnn-events\.csv is a CSV of QNN events with one run\.$/m);
    expect(stdout).toMatch(/^imported \(qnn-csv\), not measured by this program$/m);
    expect(stdout).toMatch(/^Accelerator \(execute\) time {2,}ms +- +1\.800 +1\.050 /m);
    expect(stdout).toMatch(/^\/conv\/Conv +0\.7092 ms {2}estimated, 2 calls, QNN HTP$/m);
    expect(stdout).toMatch(/^not known: ttftMs\. Events of QNN are of one graph, not of a whole prompt\.$/m);
  });

  it('gives records as JSON', async () => {
    const { code, stdout } = await program.run(['profile', 'import', '--json', foreign('llama-bench.json')]);
    expect(code).toBe(0);
    const records = v.parse(v.array(runRecordSchema), JSON.parse(stdout));
    expect(records.map(({ provenance }) => [provenance.kind, provenance.threads])).toEqual([
      ['imported', 2],
      ['imported', 4],
    ]);
  });

  it('keeps runs, which can then become a trace', async () => {
    const kept = path.join(folder, '.autoneural', 'runs');
    await program.run(['profile', 'import', foreign('ort-profile.json'), '--out', kept]);
    const [name = ''] = readdirSync(kept);
    expect(name).toMatch(/^imported-ort-profile-[0-9a-f]{12}\.json$/);
    const record = v.parse(runRecordSchema, JSON.parse(readFileSync(path.join(kept, name), 'utf8')));
    expect(record.figures?.[0]?.name).toBe('model_run');
    const out = path.join(folder, 'trace.json');
    const { code } = await program.run(['profile', 'trace', path.join(kept, name), '--out', out]);
    expect(code).toBe(0);
    const { traceEvents } = JSON.parse(readFileSync(out, 'utf8'));
    expect(traceEvents.some((event: { name: string }) => event.name === 'connector.linear1')).toBe(true);
  });

  it.each([
    [[], 2, /^profile import needs FILE/],
    [['nowhere.json'], 1, /^There is no file at .*nowhere\.json: name what the other program wrote\.$/],
    [[root], 1, /is not a file: name what the other program wrote\.$/],
    [[path.join(root, 'package.json')], 1, /^package\.json is no profile that can be imported; /],
    [[foreign('qnn-events.csv'), '--jsn'], 2, /did you mean --json\?$/],
  ])('%j is refused in a sentence', async (args, wanted, sentence) => {
    const { code, stdout, stderr } = await program.run(['profile', 'import', ...args]);
    expect([code, stdout]).toEqual([wanted, '']);
    expect(stderr.trimEnd()).toMatch(sentence);
  });
});

describe('profile trace', () => {
  it('refuses what is no run record, and a place that cannot be written to', async () => {
    const other = await program.run(['profile', 'trace', foreign('llama-bench.json')]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/is not a run record/)]);
    const run = path.join(folder, 'run.json');
    const { stdout } = await program.run(['profile', 'import', '--json', foreign('ort-profile.json')]);
    writeFileSync(run, JSON.stringify(JSON.parse(stdout)[0]));
    mkdirSync(path.join(folder, 'taken'));
    const { code, stderr } = await program.run([
      'profile',
      'trace',
      run,
      '--out',
      path.join(folder, 'taken'),
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^The trace cannot be written to .*taken \(EISDIR\): name another file\.$/m);
  });
});
