import { TandemError, deserializeError, serializeError } from '@tandem/core';
import type { Member } from './messages.js';

/**
 * The all-reduce knows its peers by rank alone; people and the coordinator go by names. An error whose context has a `peer`
 * (or one only among its `peers`) gets that worker's name there, and its rank and address beside it.
 */
export function namePeers(error: Error, members: readonly Member[]): Error {
  if (!(error instanceof TandemError)) return error;
  const { peer, peers } = error.context;
  const ranks = typeof peer === 'number' ? [peer] : Array.isArray(peers) ? (peers as unknown[]) : [];
  const named = members.filter(({ rank }) => ranks.includes(rank));
  const [first] = named;
  if (first === undefined) return error;
  const context = {
    ...error.context,
    ...(Array.isArray(peers) ? { peers: named.map(({ name }) => name) } : {}),
    ...(named.length === 1 ? { peer: first.name, peerRank: first.rank, address: first.address } : {}),
  };
  const renamed = deserializeError({ ...serializeError(error), context });
  renamed.message += ` (${named.map(({ rank, name, address }) => `rank ${rank} is ${name} at ${address}`).join('; ')})`;
  return renamed;
}
