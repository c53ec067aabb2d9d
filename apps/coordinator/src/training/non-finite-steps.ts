import { RunError, type RunConfig } from '@tandem/core';
import type { NonFinite } from '@tandem/rpc';
import type { Logger } from '@tandem/observability';
import type { Member } from '../membership/member.js';

/** Names and samples that are listed, of each kind; the log has all. */
const LISTED = 8;

/** A run that skips so many steps in a row learns nothing any more. */
export const MAX_SKIPPED_IN_A_ROW = 10;

/** Gathers what the ranks found out about steps whose loss or gradient is not finite, and says it when all have. */
export class NonFiniteSteps {
  #members: readonly Member[] = [];
  readonly #policy: RunConfig['training']['onNonFinite'];
  readonly #log: Logger;
  readonly #pending = new Map<number, Map<number, NonFinite>>();
  #skipped = 0;
  #inARow = 0;
  #lastSkipped = 0;

  constructor(policy: RunConfig['training']['onNonFinite'], log: Logger) {
    this.#policy = policy;
    this.#log = log;
  }

  /** A generation of these begins, by rank: a step that was under way is run again. */
  enter(members: readonly Member[]): void {
    this.#members = members;
    this.#pending.clear();
  }

  /** Throws a RunError (`TANDEM_NON_FINITE`) where the run is to stop. */
  add(rank: number, report: NonFinite): void {
    const { step } = report;
    const byRank = this.#pending.get(step) ?? new Map<number, NonFinite>();
    this.#pending.set(step, byRank);
    byRank.set(rank, report);
    if (byRank.size < this.#members.length) return;
    this.#pending.delete(step);
    const what = this.#describe(byRank);
    const found = Object.fromEntries(byRank);
    if (this.#policy === 'stop') throw nonFinite(what, { step, found });
    this.#skipped++;
    this.#inARow = step === this.#lastSkipped + 1 ? this.#inARow + 1 : 1;
    this.#lastSkipped = step;
    this.#log.warn({ event: 'step.skipped', step, found }, `${what}. The step is skipped: no rank applies it`);
    if (this.#inARow === MAX_SKIPPED_IN_A_ROW)
      throw nonFinite(`${MAX_SKIPPED_IN_A_ROW} steps in a row were skipped; the last: ${what}`, { step, found });
  }

  /** Says how many steps were skipped, where there are any. */
  report(): void {
    if (this.#skipped > 0)
      this.#log.warn(
        { event: 'step.skipped', skipped: this.#skipped },
        `${this.#skipped} steps were skipped because their loss or gradient was not finite (training.onNonFinite)`,
      );
  }

  #describe(byRank: ReadonlyMap<number, NonFinite>): string {
    const { step, loss, gradients, weights } = [...byRank.values()][0]!;
    const origins = [...byRank]
      .sort(([one], [other]) => one - other)
      .flatMap(([rank, report]) =>
        report.origins.map(({ place, samples }) => {
          const many = samples.length === 1 ? 'sample' : 'samples';
          return `${place} for ${many} ${listed(samples.map(String))} on ${this.#members[rank]!.describe()}`;
        }),
      );
    const head = Number.isFinite(loss)
      ? `the gradient of step ${step} is not finite (${listed(gradients)})`
      : `the loss of step ${step} is ${loss}`;
    const where = origins.length > 0 ? listed(origins) : 'all ranks’ own are finite, their sum is not';
    return `${head}: ${weights.length > 0 ? `weights were not finite before it: ${listed(weights)}; ` : ''}${where}`;
  }
}

/** Ends the run by default: see docs/numerical-safety.md. */
function nonFinite(what: string, context: Readonly<Record<string, unknown>>): RunError {
  return new RunError({
    code: 'TANDEM_NON_FINITE',
    what,
    remedy:
      'Nothing of the step was applied. Try a lower optimizer.learningRate or optimizer.clipNorm, look at these samples, or ' +
      'go on without such steps by training.onNonFinite: skip; --resume goes on from the last checkpoint.',
    context,
  });
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).join(', ')}${more}`;
}
