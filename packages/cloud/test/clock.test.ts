import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../src/index.ts';

const dayMs = 24 * 60 * 60 * 1_000;

describe('the machine’s own clock', () => {
  for (const days of [1, 25, 400]) {
    it(`does not call back at once for a deadline in ${days} days`, async () => {
      let calls = 0;
      const stop = systemClock.after(days * dayMs, () => {
        calls += 1;
      });
      await sleep(20);
      stop();
      expect(calls).toBe(0);
    });
  }
});
