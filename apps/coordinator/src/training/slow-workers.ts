import { dealMicroBatches } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { StepReport } from '@tandem/rpc';
import type { Member } from '../membership/member.js';
import { StragglerWatch } from './straggler-watch.js';

export interface SlowWorkersOptions {
  /** `cluster.stragglerFactor`. */
  readonly factor: number;
  /** Of a global batch. */
  readonly microBatches: number;
  readonly log: Logger;
}

/** Warns of workers that all the others wait for. */
export class SlowWorkers {
  readonly #options: SlowWorkersOptions;
  readonly #watch: StragglerWatch;
  #members: readonly Pick<Member, 'describe'>[] = [];

  constructor(options: SlowWorkersOptions) {
    this.#options = options;
    this.#watch = new StragglerWatch(options.factor);
  }

  /** A generation of these, by rank. */
  enter(members: readonly Pick<Member, 'describe'>[]): void {
    this.#members = members;
    this.#watch.enter();
  }

  stepped(reports: readonly Pick<StepReport, 'computeMs'>[]): void {
    const { microBatches, log } = this.#options;
    // Reports of a step that not all lived to tell say nothing of ranks.
    if (reports.length !== this.#members.length) return;
    const times = reports.map(({ computeMs }, rank) => {
      const { start, end } = dealMicroBatches(microBatches, reports.length, rank);
      return { rank, computeMs, microBatches: end - start };
    });
    for (const { rank, ms, medianMs } of this.#watch.add(times))
      log.warn(
        { event: 'worker.slow', rank, ms, medianMs },
        `${this.#members[rank]!.describe()} is slow: it computes a micro-batch in ${ms.toFixed(1)} ms, the others in ${medianMs.toFixed(1)} ms, ` +
          'and all wait for it (cluster.stragglerFactor)',
      );
  }
}
