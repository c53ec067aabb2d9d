import type { ReplicaDigest } from '@tandem/rpc';
import { replicasDiffer } from '../errors.js';

/** Compares the ranks' digests of their parameters, step by step, as they come. */
export class ReplicaDigests {
  readonly #parameters: readonly string[];
  readonly #pending = new Map<number, Map<number, readonly string[]>>();
  #worldSize = 0;

  constructor(parameters: readonly string[]) {
    this.#parameters = parameters;
  }

  /** Of a generation with so many ranks. What was not complete in the one before is not compared. */
  enter(worldSize: number): void {
    this.#worldSize = worldSize;
    this.#pending.clear();
  }

  /** Throws a RunError (`TANDEM_REPLICAS_DIFFER`) that names the rank, the parameter and the step. */
  add(rank: number, { step, parameterDigests }: ReplicaDigest): void {
    const byRank = this.#pending.get(step) ?? new Map<number, readonly string[]>();
    this.#pending.set(step, byRank);
    byRank.set(rank, parameterDigests);
    const reference = byRank.get(0);
    if (reference === undefined) return;
    for (const [other, digests] of byRank) {
      const index = this.#parameters.findIndex((_, at) => digests[at] !== reference[at]);
      if (index < 0) continue;
      const parameter = this.#parameters[index]!;
      throw replicasDiffer(`rank ${other} differs from rank 0 in ${parameter} at step ${step}`, {
        rank: other,
        parameter,
        step,
      });
    }
    if (byRank.size === this.#worldSize) this.#pending.delete(step);
  }
}
