import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RestartBudget } from '../../../src/runtime/restartBudget';

it('is exceeded exactly while more than 3 deaths lie within 3 minutes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 20 }), pausesMs => {
      let nowMs = 1e12;
      const deaths: number[] = [];
      const budget = new RestartBudget(3, 180_000, () => nowMs);
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        deaths.push(nowMs);
        budget.noteDeath();
        const recent = deaths.filter(at => nowMs - at < 180_000).length;
        expect(budget.excess).toBe(recent > 3 ? recent : 0);
      }
      budget.reset();
      expect(budget.excess).toBe(0);
    }),
  );
});
