import { describe, expect, it } from 'vitest';
import type { ProfileEvent } from '../../../../src/protocol/profile';
import type { ProfilingViewState } from '../../../../src/protocol/profilingView';
import { applyEvents, liveRecord, liveStart } from '../../../../webview-ui/profiling/model/live';
import { timedGaps } from '../../../../webview-ui/profiling/model/record';
import { applyMessage, initialModel } from '../../../../webview-ui/profiling/model/viewModel';
import { exampleRun } from './exampleRun';

/** The events that a runtime sends for the repetitions of a run. */
function eventsOf(record = exampleRun()): ProfileEvent[] {
  const { repetitions, samples, operatorPass } = record;
  const prompts = repetitions.flatMap((repetition, index): ProfileEvent[] => {
    const { phase, context, tokenAtMs, startedAtMs } = repetition;
    const atMs = tokenAtMs.map(at => at + startedAtMs);
    return [
      { type: 'prompt', phase, context, index: index + 1, of: repetitions.length },
      { type: 'tokens', phase, context, from: 0, atMs: atMs.slice(0, 20) },
      { type: 'tokens', phase, context, from: 20, atMs: atMs.slice(20) },
      { type: 'repetition', repetition },
    ];
  });
  const operators: ProfileEvent[] = operatorPass ? [{ type: 'operators', pass: operatorPass }] : [];
  return [...samples.map((sample): ProfileEvent => ({ type: 'sample', sample })), ...prompts, ...operators];
}

function state(change: Partial<ProfilingViewState>): ProfilingViewState {
  return {
    sessionId: 's',
    subject: null,
    precisions: [],
    targets: [],
    run: { state: 'running' },
    runs: [],
    events: [],
    stored: [],
    verdict: null,
    errors: null,
    errorsReason: '',
    keeping: '',
    trusted: true,
    runtime: { state: 'ready' },
    ...change,
  };
}

describe('a run that is told by its events', () => {
  it('ends as its record says', () => {
    const record = exampleRun();
    const live = liveRecord(applyEvents(liveStart, eventsOf(record)));
    expect(live.repetitions).toEqual(record.repetitions);
    expect(live.operatorPass).toEqual(record.operatorPass);
    for (const { metric, context, median } of record.summaries)
      expect(
        live.summaries.find(one => one.metric === metric && one.context === context)?.median,
      ).toBeCloseTo(median, 6);
  });

  it('draws the tokens of the prompt that is running at the place where they belong', () => {
    const record = exampleRun();
    const whole = applyEvents(liveStart, eventsOf(record).slice(0, record.samples.length + 3));
    const drawn = timedGaps(liveRecord(whole)).map(({ x }) => x);
    const [first] = record.repetitions;
    const expected = first?.tokenAtMs.slice(1).map(at => (at + first.startedAtMs) / 1000) ?? [];
    for (const [index, x] of drawn.entries()) expect(x).toBeCloseTo(expected[index] ?? 0, 9);
    expect(drawn).toHaveLength(63);
    expect(whole.doing).toBe('Prompt 1 of 18: warm-up');
  });

  it('counts no warm-up and no stopped prompt', () => {
    const [first] = exampleRun().repetitions;
    if (!first) throw new Error('no repetition');
    const stopped = { ...first, phase: 'measured' as const, partial: true };
    const events: ProfileEvent[] = [first, stopped].map(repetition => ({ type: 'repetition', repetition }));
    expect(applyEvents(liveStart, events).record.summaries).toEqual([]);
  });
});

describe('the view', () => {
  it('catches up with a run that began while its page was away, and drops what comes after the end', () => {
    const events = eventsOf();
    let model = applyMessage(initialModel, { type: 'state', state: state({ events: events.slice(0, 40) }) });
    model = applyMessage(model, { type: 'events', events: events.slice(40) });
    expect(model.live?.record.repetitions).toHaveLength(18);
    model = applyMessage(model, { type: 'state', state: state({ run: { state: 'cancelled' } }) });
    expect(model.announcement).toMatch(/cancelled/);
    expect(applyMessage(model, { type: 'events', events }).live).toBeNull();
  });

  it('says of a run whose process died that it did not come to its end', () => {
    const running = applyMessage(initialModel, { type: 'state', state: state({}) });
    const record = { ...exampleRun(), status: 'failed' as const };
    const ended = state({ run: { state: 'done' }, runs: [{ record, place: null }] });
    expect(applyMessage(running, { type: 'state', state: ended }).announcement).toBe(
      'The profile did not come to its end; what is measured stays.',
    );
  });

  it('keeps the list of stored runs up to date', () => {
    const model = applyMessage(initialModel, { type: 'state', state: state({}) });
    const stored = [{ id: 'a', name: 'a', description: 'd' }];
    expect(applyMessage(model, { type: 'stored', stored }).state?.stored).toEqual(stored);
  });
});
