import { describe, expect, it } from 'vitest';
import { type ClaimsMeasuring, ClaimsSession } from '../../../src/extension/claims/session';
import {
  type ClaimsCostOutcome,
  type ClaimsEvent,
  type ClaimsOutcome,
  defaultClaimsSettings,
} from '../../../src/protocol/claimsRun';
import type { ClaimsForm } from '../../../src/protocol/claimsView';
import { exampleReport } from '../webview/claims/exampleReport';

const form: ClaimsForm = { models: ['preset:a', 'preset:b'], settings: defaultClaimsSettings };
const pair = [
  { name: 'a', configPath: '/a' },
  { name: 'b', configPath: '/b' },
] as [{ name: string; configPath: string }, { name: string; configPath: string }];
const refusal = (message: string): ClaimsCostOutcome => ({ ok: false, failure: { kind: 'usage', message } });

/** What measures, answered by the test. */
class Scripted implements ClaimsMeasuring {
  say: (event: ClaimsEvent) => void = () => {};
  signal = new AbortController().signal;
  answer: (outcome: ClaimsOutcome) => void = () => {};
  readonly costs: ((outcome: ClaimsCostOutcome) => void)[] = [];

  measure(_: unknown, onEvent: (event: ClaimsEvent) => void, signal: AbortSignal): Promise<ClaimsOutcome> {
    this.say = onEvent;
    this.signal = signal;
    return new Promise(resolve => {
      this.answer = resolve;
    });
  }

  cost(): Promise<ClaimsCostOutcome> {
    return new Promise(resolve => this.costs.push(resolve));
  }
}

function started(keep = async () => '/runs/a.json' as string | null) {
  const measuring = new Scripted();
  const session = new ClaimsSession('id', form, measuring);
  const ended = session.measure(form, pair, keep);
  return { measuring, session, ended };
}

describe('a session', () => {
  it('shows what a run has, then the whole, with its file', async () => {
    const { measuring, session, ended } = started();
    expect(session.report).toBeNull();
    const partial = exampleReport({ status: 'partial', decode: [] });
    measuring.say({ type: 'measured', report: partial });
    expect(session.report).toEqual(partial);
    measuring.answer({ ok: true, report: exampleReport() });
    await ended;
    expect(session).toMatchObject({ run: { state: 'done' }, content: { file: '/runs/a.json' } });
    expect(session.report?.status).toBe('complete');
  });

  it('keeps what a process had told before it died', async () => {
    const kept: unknown[] = [];
    const { measuring, session, ended } = started(async (...given: unknown[]) => {
      kept.push(...given);
      return null;
    });
    measuring.say({ type: 'measured', report: exampleReport() });
    measuring.answer({ ok: false, failure: { kind: 'host-died', message: 'It died.' } });
    await ended;
    expect(session.run).toMatchObject({ state: 'failed', failure: { message: 'It died.' } });
    expect(session.report).toMatchObject({ status: 'partial', statusReason: 'It died.' });
    expect(kept).toHaveLength(1);
  });

  it('keeps nothing where nothing but counts was told, and leaves what was there', async () => {
    const { measuring, session, ended } = started();
    measuring.say({ type: 'measured', report: exampleReport({ pictures: [], decode: [] }) });
    session.cancel();
    expect(measuring.signal.aborted).toBe(true);
    measuring.answer({ ok: false, failure: { kind: 'cancelled', message: 'Stopped.' } });
    await ended;
    expect(session).toMatchObject({ run: { state: 'cancelled' }, report: null, content: { file: null } });
  });

  it('does not start a second run beside the first', async () => {
    const { measuring, session, ended } = started();
    const { say } = measuring;
    await session.measure(form, pair, async () => null);
    expect(measuring.say).toBe(say);
    measuring.answer({ ok: true, report: exampleReport() });
    await ended;
  });

  it('takes the cost of the latest form only', async () => {
    const measuring = new Scripted();
    const session = new ClaimsSession('id', form, measuring);
    const first = session.plan(form, pair);
    const second = session.plan(form, pair);
    measuring.costs[1]?.(refusal('second'));
    await second;
    measuring.costs[0]?.(refusal('first'));
    await first;
    expect(session.cost).toEqual(refusal('second'));
  });
});
