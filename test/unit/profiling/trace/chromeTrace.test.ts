import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importRun } from '../../../../src/profiling/import/importRun';
import { chromeTrace } from '../../../../src/profiling/trace/chromeTrace';
import { StudioError } from '../../../../src/protocol/failure';
import { type RunRecord, type RunRepetition, runPhases } from '../../../../src/protocol/runRecord';
import { imported, onlyRecord } from '../import/foreign';

interface Event {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  args: Record<string, unknown>;
}

function eventsOf(record: RunRecord): Event[] {
  return JSON.parse(chromeTrace(record)).traceEvents;
}

/** A record of nothing but these prompts. */
function recordOf(repetitions: RunRepetition[], more: Partial<RunRecord> = {}): RunRecord {
  return { ...onlyRecord('genie-profile.json'), loads: [], repetitions, ...more };
}

const parts = {
  ttftMs: 10,
  decodeImageMs: 1,
  resizeMs: 2,
  encodeMs: 3,
  projectMs: 0.5,
  prefillMs: 2.5,
  overheadMs: 1,
};
const prompt: RunRepetition = {
  phase: 'measured',
  context: 128,
  startedAtMs: 5,
  tokens: { image: 64, text: 64, generated: 3 },
  parts,
  tokenAtMs: [10, 12.5, 13],
  partial: false,
};

/** What the format asks of complete events: on one track they lie beside or inside each other. */
function expectNested(events: readonly Event[]): void {
  const tracks = new Map<string, Event[]>();
  for (const event of events) {
    const track = `${event.pid} ${event.tid}`;
    if (event.ph === 'X') tracks.set(track, [...(tracks.get(track) ?? []), event]);
  }
  for (const spans of tracks.values()) {
    const open: number[] = [];
    for (const { ts, dur } of spans.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      expect(Number.isSafeInteger(ts) && Number.isSafeInteger(dur) && dur >= 0).toBe(true);
      while ((open.at(-1) ?? Number.POSITIVE_INFINITY) <= ts) open.pop();
      expect(ts + dur).toBeLessThanOrEqual(open.at(-1) ?? Number.POSITIVE_INFINITY);
      open.push(ts + dur);
    }
  }
}

describe('chromeTrace', () => {
  it('draws a prompt with its parts one behind the other, then its tokens', () => {
    const spans = eventsOf(recordOf([prompt])).filter(({ ph }) => ph === 'X');
    expect(spans.map(({ name, ts, dur }) => [name, ts, ts + dur])).toEqual([
      ['prompt, context 128', 5000, 18_000],
      ['time to first token', 5000, 15_000],
      ['decode picture', 5000, 6000],
      ['resize', 6000, 8000],
      ['encode', 8000, 11_000],
      ['project', 11_000, 11_500],
      ['prefill', 11_500, 14_000],
      ['overhead', 14_000, 15_000],
      ['decode', 15_000, 18_000],
      ['token 2', 15_000, 17_500],
      ['token 3', 17_500, 18_000],
    ]);
  });

  it('shows the speed of each gap from where it begins', () => {
    const counters = eventsOf(recordOf([prompt])).filter(({ ph }) => ph === 'C');
    expect(counters.map(({ ts, args }) => [ts, args['tok/s']])).toEqual([
      [15_000, 400],
      [17_500, 2000],
      [18_000, 0],
    ]);
  });

  it('shows what sensors said, and leaves out what they could not', () => {
    const sample = {
      atMs: 7,
      rssBytes: 1000,
      cacheBytes: null,
      temperaturesC: { cpu: -3.5 },
      clockMhz: null,
    };
    const counters = eventsOf(recordOf([], { samples: [sample] })).filter(({ ph }) => ph === 'C');
    expect(counters.map(({ name, ts, args }) => [name, ts, args])).toEqual([
      ['resident memory', 7000, { bytes: 1000 }],
      ['temperature cpu', 7000, { 'degrees C': -3.5 }],
    ]);
  });

  it('says of loads and operators that they are not where they were', () => {
    const events = eventsOf(onlyRecord('ort-profile.json'));
    const groups = events.filter(({ name }) => name === 'process_name').map(({ args }) => args['name']);
    expect(groups).toEqual([
      'Loads (lengths end to end, not when they were)',
      'Operators (sums over all calls, end to end, not when they ran)',
    ]);
    const product = events.find(({ name }) => name === 'connector.linear1');
    expect(product).toMatchObject({
      dur: 130,
      args: { op: 'MatMul', calls: 2, provider: 'CPUExecutionProvider' },
    });
  });

  it('tells where the run is from', () => {
    const { otherData } = JSON.parse(chromeTrace(onlyRecord('genie-profile.json')));
    expect(otherData.provenance).toBe('imported from genie-profile.json (genie-profile)');
    expect(Object.values(otherData).every(fact => typeof fact === 'string')).toBe(true);
  });

  it('puts prompts that overlap on tracks of their own', () => {
    const events = eventsOf(
      recordOf([prompt, { ...prompt, startedAtMs: 6 }, { ...prompt, startedAtMs: 18 }]),
    );
    const prompts = events.filter(({ name, ph }) => ph === 'X' && name.startsWith('prompt'));
    expect(prompts.map(({ tid }) => tid)).toEqual([1, 2, 1]);
  });

  it('refuses a run without any time, and one with too many tokens, in a sentence', () => {
    const [none] = imported('llama-bench.json').records;
    if (none === undefined) throw new Error('no record');
    expect(() => chromeTrace(none)).toThrow(/has figures only, no prompt, load or operator/);
    const many = { ...prompt, tokenAtMs: new Array<number>(1_000_001).fill(1) };
    expect(() => chromeTrace(recordOf([many]))).toThrow(StudioError);
  });

  it('is no run that could be imported again', () => {
    const bytes = new TextEncoder().encode(chromeTrace(recordOf([prompt])));
    expect(() => importRun('trace.json', bytes)).toThrow(/is no profile that can be imported/);
  });

  it('nests whatever times a record holds', () => {
    const ms = fc.oneof(
      fc.nat(50),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constantFrom(0, 1e308, 5e-324),
    );
    const maybe = fc.option(ms);
    const repetition = fc.record({
      phase: fc.constantFrom(...runPhases),
      context: fc.option(fc.nat(4096)),
      startedAtMs: ms,
      tokens: fc.constant({ image: null, text: null, generated: null }),
      parts: fc.record({
        ttftMs: maybe,
        decodeImageMs: maybe,
        resizeMs: maybe,
        encodeMs: maybe,
        projectMs: maybe,
        prefillMs: maybe,
        overheadMs: maybe,
      }),
      tokenAtMs: fc.array(ms, { maxLength: 6 }),
      partial: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(repetition, { minLength: 1, maxLength: 5 }), repetitions => {
        let events: Event[];
        try {
          events = eventsOf(recordOf(repetitions));
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
          return;
        }
        expectNested(events);
        for (const { ph, args } of events)
          if (ph === 'C') expect(Object.values(args).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
