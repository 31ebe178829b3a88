import { expect, it } from 'vitest';
import { moodOf } from '../../../src/extension/status/statusText';
import type { HostState } from '../../../src/protocol/runtime';

const host = (state: HostState['state']): HostState => ({
  bundleDir: '/nano',
  precision: 'fp32',
  target: 'local-cpu',
  state,
  pid: 1,
  rssMiB: 100,
});

it('the status bar says what matters most', () => {
  const ready = { state: 'ready' } as const;
  const asleep = { state: 'stopped' } as const;
  const dead = { state: 'stopped', message: 'It ended.' } as const;
  expect(moodOf(asleep, undefined, false)).toBe('idle');
  expect(moodOf({ state: 'starting' }, undefined, false)).toBe('starting');
  expect(moodOf(ready, undefined, false)).toBe('ready');
  expect(moodOf(ready, host('loading'), true)).toBe('starting');
  expect(moodOf(ready, host('busy'), true)).toBe('answering');
  expect(moodOf(ready, host('died'), false)).toBe('stopped');
  expect(moodOf(dead, undefined, false)).toBe('stopped');
  expect(moodOf(ready, host('stopped'), false)).toBe('ready');
});
