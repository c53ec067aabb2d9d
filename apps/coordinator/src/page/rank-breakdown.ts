import type { BreakdownRow } from '@tandem/page';
import type { StepReport } from '@tandem/rpc';

/** Steps that the breakdown is a mean of. */
export const BREAKDOWN_STEPS = 20;

/** Where the time of the newest steps went, rank by rank; steps that not all lived to tell are left out. */
export class RankBreakdown {
  #steps: (readonly StepReport[])[] = [];

  add(worldSize: number, reports: readonly StepReport[]): void {
    if (reports.length !== worldSize) return;
    // Ranks of another generation are others.
    if (this.#steps[0]?.[0]?.generation !== reports[0]!.generation) this.#steps = [];
    this.#steps.push(reports);
    if (this.#steps.length > BREAKDOWN_STEPS) this.#steps.shift();
  }

  get rows(): { readonly steps: number; readonly ranks: readonly BreakdownRow[] } {
    const steps = this.#steps.length;
    const ranks = (this.#steps[0] ?? []).map((_, rank) => {
      const mean = (of: 'dataMs' | 'computeMs' | 'exchangeMs' | 'updateMs') =>
        Math.round((10 * this.#steps.reduce((sum, reports) => sum + Math.max(0, reports[rank]![of]), 0)) / steps) / 10;
      return {
        rank,
        ...{ data: mean('dataMs'), compute: mean('computeMs') },
        ...{ exchange: mean('exchangeMs'), update: mean('updateMs') },
      };
    });
    return { steps, ranks };
  }
}
