import { describe, expect, it } from 'vitest';
import { exchangeAddress } from './member.js';
import { rankOrder } from './ranks.js';
import { whenToStart } from './start-rule.js';

describe('rankOrder', () => {
  it.each([
    ['by number', ['worker-10', 'worker-2', 'worker-0'], ['worker-0', 'worker-2', 'worker-10']],
    ['by joining, of names that are not alike', ['worker-1', 'gpu-0'], ['worker-1', 'gpu-0']],
    ['by joining, of names without numbers', ['b', 'a'], ['b', 'a']],
    ['alone', ['x'], ['x']],
  ])('%s', (_, names, expected) => expect(rankOrder(names)).toEqual(expected));
});

describe('whenToStart', () => {
  const rule = { minWorkers: 2, maxWorkers: 3, settleMs: 100 };
  it.each([
    ['too few', { joined: 1, prepared: 1, sinceLastJoinMs: 999 }, 'wait'],
    ['enough, one preparing', { joined: 3, prepared: 2, sinceLastJoinMs: 999 }, 'wait'],
    ['enough, not settled', { joined: 2, prepared: 2, sinceLastJoinMs: 30 }, 70],
    ['enough, settled', { joined: 2, prepared: 2, sinceLastJoinMs: 100 }, 'now'],
    ['all', { joined: 3, prepared: 3, sinceLastJoinMs: 0 }, 'now'],
  ] as const)('%s', (_, gathering, expected) => expect(whenToStart(rule, gathering)).toBe(expected));
});

describe('exchangeAddress', () => {
  it.each([
    ['10.0.0.1:4000', '10.0.0.9:55', '10.0.0.1:4000'],
    [':4000', '10.0.0.9:55', '10.0.0.9:4000'],
    [':4000', '[::1]:55', '[::1]:4000'],
  ])('%s from %s is %s', (declared, peer, expected) => expect(exchangeAddress(declared, peer)).toBe(expected));
});
