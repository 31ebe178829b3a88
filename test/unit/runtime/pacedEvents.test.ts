import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PromptEvent } from '../../../src/protocol/prompt';
import { PacedEvents } from '../../../src/runtime/host/pacedEvents';

const stage: PromptEvent = { type: 'stage', stage: 'prefill', ms: 3 };
const token = (index: number): PromptEvent => ({
  type: 'token',
  text: 'x'.repeat(index + 1),
  index,
  atMs: index,
});

let sent: PromptEvent[][];
let paced: PacedEvents;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  paced = new PacedEvents(events => sent.push(events));
});
afterEach(() => vi.useRealTimers());

describe('events of an answer', () => {
  it('leave with the first token, at once', () => {
    paced.add(stage);
    expect(sent).toEqual([]);
    paced.add(token(0));
    expect(sent).toEqual([[stage, token(0)]]);
  });

  it('do not wait longer than a frame for it', () => {
    paced.add(stage);
    vi.advanceTimersByTime(16);
    expect(sent).toEqual([[stage]]);
    paced.add(token(0));
    expect(sent).toEqual([[stage], [token(0)]]);
  });

  it('that share a frame arrive as one: the whole answer so far', () => {
    for (let index = 0; index < 5; index++) paced.add(token(index));
    vi.advanceTimersByTime(16);
    expect(sent).toEqual([[token(0)], [token(4)]]);
  });

  it('are not delayed where tokens are slower than frames', () => {
    paced.add(token(0));
    vi.advanceTimersByTime(40);
    paced.add(token(1));
    expect(sent).toEqual([[token(0)], [token(1)]]);
  });

  it('are all sent at the end, and nothing after it', () => {
    paced.add(token(0));
    paced.add(token(1));
    paced.add({ type: 'stage', stage: 'decode', ms: 1 });
    paced.flush();
    expect(sent.flat().map(({ type }) => type)).toEqual(['token', 'token', 'stage']);
    paced.flush();
    vi.advanceTimersByTime(1000);
    expect(sent).toHaveLength(2);
  });

  it('keep their order; only a token that a later one of its frame repeats is left out', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 40 }), isToken: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), steps => {
        const out: PromptEvent[] = [];
        const subject = new PacedEvents(events => out.push(...events));
        const added = steps.map(({ wait, isToken }, index): PromptEvent => {
          vi.advanceTimersByTime(wait);
          const event: PromptEvent = isToken ? token(index) : { ...stage, ms: index };
          subject.add(event);
          return event;
        });
        subject.flush();
        const kept = added.filter(event => out.includes(event));
        expect(out).toEqual(kept);
        const isToken = (event: PromptEvent | undefined) => event?.type === 'token';
        for (const [index, event] of added.entries())
          if (!kept.includes(event)) expect(isToken(event) && isToken(added[index + 1])).toBe(true);
        expect(out.find(isToken)).toEqual(added.find(isToken));
      }),
    );
  });
});
