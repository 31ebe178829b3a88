import { copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { findTarget } from '../../../src/devices/local';
import type { MeasuredModel } from '../../../src/engine/measuredModel';
import { paddedQuestion } from '../../../src/profiling/paddedQuestion';
import { profileModel } from '../../../src/profiling/profileModel';
import { decodeTokensPerSecond, summaryAt } from '../../../src/profiling/summaries';
import { type ProfileEvent, type ProfileSettings, profileEventSchema } from '../../../src/protocol/profile';
import { type RunRecord, runRecordSchema } from '../../../src/protocol/runRecord';
import { nanoDir, root } from '../engine/nano';
import { scratchFolder } from '../engine/pictures';

const cacheDir = scratchFolder();
const picture = path.join(root, 'samples', 'level-b6.png');
const target = findTarget('local-cpu');
const subject = {
  target,
  bundleDir: nanoDir,
  precision: 'fp32',
  cacheDir,
  threads: 1,
  program: 'test 1',
} as const;
const settings: ProfileSettings = {
  imagePath: picture,
  question: 'What does the sign say?',
  contexts: [8, 128, 1024],
  repetitions: 2,
  warmUps: 1,
  tokens: 6,
  sustainSeconds: 0,
  operators: true,
};

function profile(
  more: Partial<ProfileSettings> = {},
  onEvent: (event: ProfileEvent) => void = () => {},
  signal = new AbortController().signal,
): Promise<RunRecord> {
  return profileModel(subject, { ...settings, ...more }, onEvent, signal);
}

describe('a profile of Nano', () => {
  const events: ProfileEvent[] = [];
  let run: RunRecord;

  beforeAll(async () => {
    run = await profile({}, event => events.push(structuredClone(event)));
  }, 60_000);

  it('is a valid record that says what ran where', () => {
    expect(v.parse(runRecordSchema, run)).toEqual(run);
    expect(run).toMatchObject({
      status: 'complete',
      provenance: {
        kind: 'device',
        precision: 'fp32',
        model: {
          graphSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        recipeSha256: null,
        threads: 1,
        target: { id: 'local-cpu' },
      },
    });
    expect(run.provenance.versions['onnxruntime']).toMatch(/^1\.\d+/);
    expect(run.loads.map(({ kind, derived }) => [kind, derived])).toEqual([
      ['cold', true],
      ['warm', false],
    ]);
    expect(run.peakRssBytes).toBeGreaterThan(run.loads[0]?.rssBytes ?? 0);
  });

  it('has every prompt go the whole way, with the tokens asked for', () => {
    const phases = run.repetitions.map(({ phase, context }) => `${phase} ${context}`);
    const round = (phase: string) => [`${phase} null`, `${phase} 128`];
    expect(phases).toEqual(['cold null', ...round('warm-up'), ...round('measured'), ...round('measured')]);
    for (const { tokens, parts, tokenAtMs, partial, context } of run.repetitions) {
      expect(partial).toBe(false);
      expect(tokens.image).toBe(64);
      expect(tokens.generated).toBe(6);
      expect(tokenAtMs).toHaveLength(6);
      expect(tokenAtMs.toSorted((a, b) => a - b)).toEqual(tokenAtMs);
      expect(parts.ttftMs).toBe(tokenAtMs[0]);
      const { ttftMs, ...named } = parts;
      const sum = Object.values(named).reduce<number>((total, part) => total + (part ?? Number.NaN), 0);
      expect(sum).toBeCloseTo(ttftMs ?? 0, 1);
      // Words of Nano's questions are one token each, so that the length asked for is met.
      if (context !== null) expect((tokens.image ?? 0) + (tokens.text ?? 0)).toBe(context);
    }
  });

  it('sums up what can be computed again from the times of the tokens', () => {
    const rates = run.repetitions
      .filter(({ phase, context }) => phase === 'measured' && context === 128)
      .map(each => decodeTokensPerSecond(each) ?? 0);
    const summary = summaryAt(run, 'decodeTokensPerSecond', 128);
    expect(summary?.n).toBe(2);
    expect(summary?.median).toBeCloseTo(((rates[0] ?? 0) + (rates[1] ?? 0)) / 2, 2);
  });

  it('says which contexts cannot be, and why', () => {
    const reasons = run.unmeasured.filter(({ what }) => what.startsWith('context'));
    expect(reasons).toEqual([
      {
        what: 'context 8',
        reason:
          'A context of 8 was left out: the picture, the question and the chat template alone have 78 tokens.',
      },
      {
        what: 'context 1024',
        reason:
          'A context of 1024 was left out: with 6 tokens to write it needs 1,029, and the model has room for 1,024.',
      },
    ]);
  });

  it('times operators by stage, with the provider that ran them', () => {
    const pass = run.operatorPass;
    expect(pass).toMatchObject({ prompts: 2, tokens: 12 });
    const operators = pass?.operators ?? [];
    expect(new Set(operators.map(({ provider }) => provider))).toEqual(new Set(['CPUExecutionProvider']));
    expect(new Set(operators.map(({ stage }) => stage))).toEqual(
      new Set(['encode', 'project', 'embed', 'prefill', 'decode']),
    );
    // Two prompts: of each, 5 of 6 tokens are read again, and the prompt in two runs that part behind the picture.
    const calls = (stage: string) =>
      operators.find(each => each.stage === stage && each.layer === 'decoder.layer0.feedForward.down')?.calls;
    expect([calls('decode'), calls('prefill')]).toEqual([10, 4]);
    expect(operators.find(({ layer }) => layer === 'connector.linear1')).toMatchObject({
      op: 'MatMul',
      calls: 2,
    });
  });

  it('tells the same in events that a view can read', () => {
    for (const event of events) expect(v.parse(profileEventSchema, event)).toEqual(event);
    const told = events.flatMap(event => (event.type === 'repetition' ? [event.repetition] : []));
    expect(told).toEqual(run.repetitions);
    const tokens = events.flatMap(event => (event.type === 'tokens' ? event.atMs : []));
    const recorded = run.repetitions.flatMap(({ startedAtMs, tokenAtMs }) =>
      tokenAtMs.map(at => Math.round((startedAtMs + at) * 1000) / 1000),
    );
    expect(tokens).toEqual(recorded);
    const prompts = events.flatMap(event => (event.type === 'prompt' ? [[event.index, event.of]] : []));
    expect(prompts).toEqual(Array.from({ length: 7 }, (_, place) => [place + 1, 7]));
    expect(events.filter(({ type }) => type === 'operators')).toHaveLength(1);
    const notices = events.flatMap(event => (event.type === 'notice' ? [event] : []));
    expect(notices.map(({ what, reason }) => ({ what, reason }))).toEqual(run.unmeasured);
    // What no sensor says is known before anything is drawn.
    const { missing } = target.sensors();
    expect(events.slice(0, Object.keys(missing).length)).toEqual(
      Object.entries(missing).map(([what, reason]) => ({ type: 'notice', what, reason })),
    );
  });
});

it('a simulation is labelled one, with what decides its quantizers', async () => {
  const simulated = { ...subject, precision: 'w8a16-w4a16' } as const;
  const short = { ...settings, contexts: [], repetitions: 1, warmUps: 0, operators: false };
  const run = await profileModel(simulated, short, () => {}, new AbortController().signal);
  expect(run.provenance.kind).toBe('simulation');
  expect(run.provenance.recipeSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(run.notes.join()).toContain('simulated');
  expect(run.unmeasured).toContainEqual({ what: 'operatorPass', reason: 'Operators were not asked for.' });
});

it('goes on without a pause for as long as it was asked to, and says how that went', async () => {
  const run = await profile({
    contexts: [],
    repetitions: 1,
    warmUps: 0,
    sustainSeconds: 1,
    operators: false,
  });
  const sustained = run.repetitions.filter(({ phase }) => phase === 'sustained');
  expect(sustained.length).toBeGreaterThan(3);
  const [first, last] = [sustained[0], sustained.at(-1)];
  expect((last?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0)).toBeLessThan(1000);
  expect(run.samples.length).toBeGreaterThan(2);
  expect(run.samples.every(({ cacheBytes }) => (cacheBytes ?? 0) >= 0)).toBe(true);
  expect(run.notes.join()).toContain(`Sustained over ${sustained.length} prompts`);
});

describe('a profile that does not end well', () => {
  it('keeps what was measured when it is stopped between two tokens', async () => {
    const stop = new AbortController();
    let prompts = 0;
    const run = await profile(
      // Long enough that its tokens are told of more than once, however fast they come.
      { tokens: 800, contexts: [] },
      event => {
        if (event.type === 'prompt') prompts++;
        if (event.type === 'tokens' && prompts === 3) stop.abort();
      },
      stop.signal,
    );
    expect(run).toMatchObject({ status: 'cancelled', operatorPass: null });
    expect(run.repetitions.map(({ partial }) => partial)).toEqual([false, false, true]);
    const stopped = run.repetitions.at(-1);
    expect(stopped?.tokenAtMs.length).toBeGreaterThan(0);
    expect(stopped?.tokenAtMs.length).toBeLessThan(800);
    expect(v.parse(runRecordSchema, run)).toEqual(run);
    expect(run.unmeasured.map(({ what }) => what)).toContain('operatorPass');
  });

  it('keeps what was measured when the picture vanishes', async () => {
    const vanishing = path.join(scratchFolder(), 'picture.png');
    copyFileSync(picture, vanishing);
    const run = await profile({ imagePath: vanishing, contexts: [] }, event => {
      if (event.type === 'repetition') rmSync(vanishing, { force: true });
    });
    expect(run.status).toBe('failed');
    expect(run.statusReason).toBe(`There is no picture at ${vanishing}: check the path.`);
    expect(run.repetitions.map(({ partial }) => partial)).toEqual([false, true]);
  });

  it('throws when nothing was measured', async () => {
    await expect(profile({ imagePath: '/nowhere.png' })).rejects.toMatchObject({ kind: 'file-missing' });
    await expect(profile({ question: ' ' })).rejects.toMatchObject({ kind: 'empty-question' });
    const stopped = new AbortController();
    stopped.abort();
    await expect(profile({}, () => {}, stopped.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    const nowhere = profileModel({ ...subject, bundleDir: '/nowhere' }, settings, () => {}, stopped.signal);
    await expect(nowhere).rejects.toMatchObject({ kind: 'bundle-missing' });
  });
});

describe('a padded question', () => {
  let model: MeasuredModel;
  beforeAll(async () => {
    model = await target.openMeasured(nanoDir, { precision: 'fp32', cacheDir, threads: 1 });
    return () => model.close();
  });

  it('comes as near to its length as whole words allow, and never beyond', () => {
    for (const question of ['Where is the car?', 'A', 'unbelievable parallelograms everywhere'])
      for (const context of [100, 101, 128, 511, 900]) {
        const padded = paddedQuestion(model, question, context, 2);
        if (!padded.possible) throw new Error(padded.reason);
        expect(padded.tokens).toBe(model.promptLength(padded.question));
        expect(padded.tokens).toBeLessThanOrEqual(context);
        expect(padded.tokens).toBeGreaterThan(context - 8);
        expect(padded.question.endsWith(question)).toBe(true);
      }
  });

  it('fills the context to its last token', () => {
    expect(paddedQuestion(model, 'Where?', 1023, 2)).toMatchObject({ possible: true });
    expect(paddedQuestion(model, 'Where?', 1024, 2)).toMatchObject({ possible: false });
  });
});
