import { ConfigurationError, RunError } from '@tandem/core';
import type { GenerationMessage } from '@tandem/rpc';
import { describe, expect, it } from 'vitest';
import { isGenerationOver, peerFault } from './peer-fault.js';

const generation = {
  number: 4,
  members: ['a', 'b', 'c'].map((name, rank) => ({ rank, name, address: `host-${name}:1` })),
  configJson: '{}',
  rank: 0,
} satisfies GenerationMessage;
const failed = (code: string, context: Record<string, unknown>) => new RunError({ code, what: 'it failed', context });

describe('peerFault', () => {
  it.each([
    ['a peer by name', failed('TANDEM_EXCHANGE_PEER_LOST', { peer: 'b', peerRank: 1 }), ['b']],
    ['several by name', failed('TANDEM_EXCHANGE_STALLED', { peers: ['b', 'c'] }), ['b', 'c']],
    ['several by rank', failed('TANDEM_PEERS_MISSING', { ranks: [1, 2] }), ['b', 'c']],
    ['one by both, once', failed('TANDEM_PEERS_MISSING', { ranks: [2], peer: 'c' }), ['c']],
    ['nobody', failed('TANDEM_EXCHANGE_STALLED', { peers: [1] }), []],
  ])('names %s', (_, error, peers) => {
    expect(peerFault(error, generation)).toMatchObject({
      generation: 4,
      code: error.code,
      message: 'it failed.',
      peers,
    });
  });

  it.each([
    ['its own failure', failed('TANDEM_DATA_THREAD', {})],
    ['a broken image', new ConfigurationError({ code: 'TANDEM_DATA_IMAGE', what: 'x' })],
    ['the end of the generation', failed('TANDEM_GENERATION_OVER', {})],
  ])('is none for %s', (_, error) => {
    expect(peerFault(error, generation)).toBeUndefined();
  });

  it('knows the end of a generation', () => {
    expect(isGenerationOver(failed('TANDEM_GENERATION_OVER', {}))).toBe(true);
    expect(isGenerationOver(failed('TANDEM_PEER_LOST', {}))).toBe(false);
  });
});
