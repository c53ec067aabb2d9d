import type { Member } from './messages.js';

/** The host of a member's address, host:port. */
export function hostOf({ address }: Pick<Member, 'address'>): string {
  return address.slice(0, address.lastIndexOf(':'));
}

/** Whether any other rank has the address of this one's host, and so may well run on it. */
export function hasNeighbours(members: readonly Member[], rank: number): boolean {
  const own = members.find((member) => member.rank === rank);
  return own !== undefined && members.some((member) => member.rank !== rank && hostOf(member) === hostOf(own));
}
