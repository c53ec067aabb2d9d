import { RunError } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { namePeers } from './name-peers.js';

const members = [0, 1, 2].map((rank) => ({ rank, name: `w${rank}`, address: `host:${rank}` }));
const failure = (context: Record<string, unknown>) => new RunError({ code: 'TANDEM_X', what: 'it broke', context });

describe('namePeers', () => {
  it('names the peer at fault', () => {
    const cause = new Error('cut');
    const error = new RunError({ code: 'TANDEM_X', what: 'it broke', context: { rank: 0, step: 3, peer: 1 }, cause });
    const named = namePeers(error, members);
    expect(named).toBeInstanceOf(RunError);
    expect(named).toMatchObject({
      code: 'TANDEM_X',
      message: 'it broke. (rank 1 is w1 at host:1)',
      context: { rank: 0, step: 3, peer: 'w1', peerRank: 1, address: 'host:1' },
      cause: { message: 'cut' },
    });
  });

  it('blames one of many peers only where it is one', () => {
    expect(namePeers(failure({ peers: [2] }), members)).toMatchObject({ context: { peers: ['w2'], peer: 'w2' } });
    const several = namePeers(failure({ peers: [1, 2] }), members) as RunError;
    expect(several.context).toEqual({ peers: ['w1', 'w2'] });
  });

  it('leaves other errors alone', () => {
    for (const error of [new Error('plain'), failure({}), failure({ peer: 'w1' })]) {
      expect(namePeers(error, members)).toBe(error);
    }
  });
});
