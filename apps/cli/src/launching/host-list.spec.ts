import { describe, expect, it } from 'vitest';
import { hostsOf } from './host-list.js';

describe('hostsOf', () => {
  it.each([
    ['alone', ['alone']],
    ['a,b', ['a', 'b']],
    ['node[08-10,12],login', ['node08', 'node09', 'node10', 'node12', 'login']],
    ['rack[1-2]n[3-4]-ib', ['rack1n3-ib', 'rack1n4-ib', 'rack2n3-ib', 'rack2n4-ib']],
    ['c[99-101]', ['c99', 'c100', 'c101']],
  ])('takes %s', (list, hosts) => {
    expect(hostsOf(list)).toEqual(hosts);
  });

  it.each(['', 'a,', 'a[1', 'a]', 'a[3-1]', 'a[x]', 'a[]', 'a[1-999999999]'])('refuses "%s"', (list) => {
    expect(hostsOf(list)).toBeUndefined();
  });
});
