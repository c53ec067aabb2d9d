import { describe, expect, it } from 'vitest';
import { ReplicaDigests } from './replica-digests.js';

const names = ['fc6/kernel', 'fc6/bias', 'momentum/fc6/kernel', 'momentum/fc6/bias'];
function compare(...byRank: string[][]): void {
  const digests = new ReplicaDigests(names);
  digests.enter(byRank.length);
  for (const [rank, parameterDigests] of byRank.entries())
    digests.add(rank, { generation: 1, step: 410, parameterDigests });
}

describe('ReplicaDigests', () => {
  it('is content with replicas that are alike, with or without momenta', () => {
    compare(['a', 'b'], ['a', 'b'], ['a', 'b']);
    compare(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd']);
  });

  it.each([
    ['of two', [['a', 'b'], ['a', 'c']], /^rank 1 differs from rank 0 in fc6\/bias at step 410\. /], // prettier-ignore
    ['of three, by the two others', [['x', 'b'], ['a', 'b'], ['a', 'b']], /^rank 0 differs from ranks 1, 2 in fc6\/kernel at/], // prettier-ignore
    ['of three', [['a', 'b'], ['a', 'b'], ['a', 'x']], /^rank 2 differs from ranks 0, 1 in fc6\/bias at/], // prettier-ignore
    ['in a momentum', [['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'x']], /in momentum\/fc6\/bias at/], // prettier-ignore
    ['where one says less', [['a', 'b', 'c', 'd'], ['a', 'b']], /in momentum\/fc6\/kernel at/], // prettier-ignore
  ])('names the odd one %s', (_, byRank, message) => {
    expect(() => compare(...byRank)).toThrow(message);
    expect(() => compare(...byRank)).toThrow(expect.objectContaining({ code: 'TANDEM_REPLICAS_DIFFER' }) as Error);
  });

  it('knows which steps it is still waiting for', () => {
    const digests = new ReplicaDigests(names);
    digests.enter(2);
    digests.add(1, { generation: 1, step: 10, parameterDigests: ['a', 'b'] });
    expect(digests.isOpen(10)).toBe(true);
    digests.add(0, { generation: 1, step: 10, parameterDigests: ['a', 'b'] });
    expect(digests.isOpen(10)).toBe(false);
  });

  it('leaves what was not complete when a generation ends, and what another coordinator may have had', () => {
    const digests = new ReplicaDigests(names);
    digests.enter(2);
    digests.add(0, { generation: 1, step: 10, parameterDigests: ['a', 'b'] });
    digests.enter(3, 20);
    expect(digests.isOpen(10)).toBe(false);
    digests.add(0, { generation: 2, step: 20, parameterDigests: ['a', 'b'] });
    expect(digests.isOpen(20)).toBe(false);
  });
});
