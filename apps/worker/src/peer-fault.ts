import { RunError } from '@tandem/core';
import type { GenerationMessage, PeerFaultInput } from '@tandem/rpc';

/** What a generation can end by without this worker being at fault. */
const OF_PEERS = new Set([
  'TANDEM_EXCHANGE_CLOSED',
  'TANDEM_EXCHANGE_PEER_LOST',
  'TANDEM_EXCHANGE_STALLED',
  'TANDEM_PEER_LOST',
  'TANDEM_PEER_REFUSED',
  'TANDEM_PEERS_MISSING',
  'TANDEM_STATE_CORRUPT',
  'TANDEM_STATE_STALLED',
  'TANDEM_STATE_UNAVAILABLE',
]);

/** The generation is over by the coordinator's word: nobody is to be told. */
export function isGenerationOver(error: unknown): boolean {
  return error instanceof RunError && error.code === 'TANDEM_GENERATION_OVER';
}

/** What to tell the coordinator where the generation has failed for peers' sake; undefined: the error is this worker's own. */
export function peerFault(error: unknown, generation: GenerationMessage): PeerFaultInput | undefined {
  if (!(error instanceof RunError) || !OF_PEERS.has(error.code)) return undefined;
  return { generation: generation.number, code: error.code, message: error.message, peers: peersIn(error, generation) };
}

/** Names, from whatever the error has: `peer` and `peers` are names, `ranks` are ranks of the generation. */
function peersIn({ context }: RunError, { members }: GenerationMessage): string[] {
  const { peer, peers, ranks } = context;
  const listed = Array.isArray(peers) ? (peers as unknown[]) : [];
  const named = [peer, ...listed].filter((value): value is string => typeof value === 'string');
  const byRank = Array.isArray(ranks) ? members.filter(({ rank }) => (ranks as unknown[]).includes(rank)) : [];
  return [...new Set([...named, ...byRank.map(({ name }) => name)])];
}
