import type { ReplicaDigest } from '@tandem/rpc';
import { replicasDiffer } from '../errors.js';

/** Compares the ranks' digests of their parameters, step by step, when all have come. */
export class ReplicaDigests {
  /** What the digests are of, in order: at some steps there are only the first of them. */
  readonly #names: readonly string[];
  readonly #pending = new Map<number, Map<number, readonly string[]>>();
  #worldSize = 0;

  #after = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Whether some ranks have said what they have after `step`, but not all. */
  isOpen(step: number): boolean {
    return this.#pending.has(step);
  }

  /**
   * Of a generation with so many ranks. What was not complete in the one before is not compared, nor what comes of steps up to
   * `after`: another coordinator may have had a part of it.
   */
  enter(worldSize: number, after = 0): void {
    this.#worldSize = worldSize;
    this.#after = after;
    this.#pending.clear();
  }

  /** Throws a RunError (`TANDEM_REPLICAS_DIFFER`) that names the rank, the parameter and the step. */
  add(rank: number, { step, parameterDigests }: ReplicaDigest): void {
    if (step <= this.#after) return;
    const byRank = this.#pending.get(step) ?? new Map<number, readonly string[]>();
    this.#pending.set(step, byRank);
    byRank.set(rank, parameterDigests);
    if (byRank.size < this.#worldSize) return;
    this.#pending.delete(step);
    const ranks = [...byRank.keys()].sort((a, b) => a - b);
    for (const [at, parameter] of this.#names.entries()) {
      const odd = oddOnes(ranks, (of) => byRank.get(of)![at]);
      if (odd === undefined) continue;
      const { rank: other, from } = odd;
      throw replicasDiffer(`rank ${other} differs from ${from} in ${parameter} at step ${step}`, {
        rank: other,
        parameter,
        step,
      });
    }
  }
}

/** The first rank that most others differ from; of two ranks nobody can tell, and it is the second. */
function oddOnes(
  ranks: readonly number[],
  digestOf: (rank: number) => string | undefined,
): { rank: number; from: string } | undefined {
  const having = (digest: string | undefined) => ranks.filter((rank) => digestOf(rank) === digest);
  const largest = ranks.map((rank) => having(digestOf(rank))).reduce((a, b) => (b.length > a.length ? b : a));
  const rank = ranks.find((one) => !largest.includes(one));
  if (rank === undefined) return undefined;
  return { rank, from: largest.length === 1 ? `rank ${largest[0]}` : `ranks ${largest.join(', ')}` };
}
