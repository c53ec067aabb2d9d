import type { Member } from './member.js';

type Watched = Pick<Member, 'name' | 'step' | 'phase' | 'phaseSinceMs' | 'describe'>;

/** Phases in which a rank waits for others. */
const WAITING = new Set(['exchange', 'waiting']);

/**
 * Who keeps the others waiting, in which phase and for how long, by what the heartbeats say.
 *
 * @param missing those that a generation that forms still waits for; undefined: it trains
 */
export function stallReport(
  { members, missing }: { readonly members: readonly Watched[]; readonly missing: readonly Watched[] | undefined },
  nowMs: number,
): string {
  const newest = Math.max(...members.map(({ step }) => step));
  const late = missing ?? members.filter(({ step, phase }) => step < newest || !WAITING.has(phase));
  const describe = (member: Watched) => {
    const seconds = ((nowMs - member.phaseSinceMs) / 1000).toFixed(1);
    return `${member.describe()}, in ${member.phase} after step ${member.step} for ${seconds} s`;
  };
  if (late.length > 0) return `waiting for ${late.map(describe).join('; ')}`;
  return `all ranks wait in the exchange of step ${newest + 1}: ${members.map(describe).join('; ')}`;
}
