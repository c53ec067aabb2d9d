import type { PeerFault } from '@tandem/rpc';

export interface Accusation {
  /** Who says so. */
  readonly by: string;
  readonly fault: Pick<PeerFault, 'code' | 'message' | 'peers'>;
}

/**
 * Whom to drop where members cannot go on for each other's sake: of those who are named, the ones who name nobody
 * themselves come first (they are mute, not deaf), then whom most name, then the highest rank. Undefined where nobody is named.
 *
 * @param ranks the members' names by rank
 */
export function whomToDrop(accusations: readonly Accusation[], ranks: readonly string[]): string | undefined {
  const accusers = new Set(accusations.map(({ by }) => by));
  const votes = new Map<string, number>();
  for (const { by, fault } of accusations)
    for (const peer of new Set(fault.peers))
      if (peer !== by && ranks.includes(peer)) votes.set(peer, (votes.get(peer) ?? 0) + 1);
  const order = (name: string) => [accusers.has(name) ? 0 : 1, votes.get(name)!, ranks.indexOf(name)] as const;
  return [...votes.keys()].sort((a, b) => {
    const [left, right] = [order(a), order(b)];
    return right[0] - left[0] || right[1] - left[1] || right[2] - left[2];
  })[0];
}
