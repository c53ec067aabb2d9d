import { describe, expect, it } from 'vitest';
import { stallReport } from './stall-report.js';

const member = (name: string, step: number, phase: string, phaseSinceMs = 0) => ({
  ...{ name, step, phase, phaseSinceMs },
  describe: () => `rank of ${name}`,
});

describe('stallReport', () => {
  it.each([
    [
      'who computes still',
      [member('a', 41, 'exchange'), member('b', 41, 'compute', 1_000)],
      undefined,
      'waiting for rank of b, in compute after step 41 for 30.0 s',
    ],
    [
      'who is a step behind',
      [member('a', 41, 'exchange', 30_900), member('b', 40, 'exchange')],
      undefined,
      'waiting for rank of b, in exchange after step 40 for 31.0 s',
    ],
    [
      'that nobody is late but the exchange',
      [member('a', 41, 'exchange'), member('b', 41, 'exchange')],
      undefined,
      /^all ranks wait in the exchange of step 42: rank of a, .*; rank of b/,
    ],
    [
      'whom a generation waits for',
      [member('a', 41, 'forming'), member('b', 41, 'compute')],
      ['b'],
      'waiting for rank of b, in compute after step 41 for 31.0 s',
    ],
  ])('says %s', (_, members, missing, expected) => {
    const late = missing && members.filter(({ name }) => missing.includes(name));
    const text = stallReport({ members, missing: late }, 31_000);
    if (typeof expected === 'string') expect(text).toBe(expected);
    else expect(text).toMatch(expected);
  });
});
