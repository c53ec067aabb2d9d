import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { GenerationDialogue, StateTransfers } from '@tandem/rpc';
import type { Replica } from '@tandem/training';
import { putAside } from './put-aside.js';

/** The part of Communication that is used here. */
export interface SnapshotCommunication {
  readonly states: Pick<StateTransfers, 'offerSnapshot'>;
  readonly generations: Pick<GenerationDialogue, 'coordinatorAway'>;
}

/** States that are offered for checkpoints: one at a time, since each is kept until the coordinator has it. Offers outlive generations. */
export class SnapshotOffers {
  readonly #communication: SnapshotCommunication;
  readonly #replica: Replica;
  readonly #log: Logger;
  #offer: { readonly step: number; readonly taken: Promise<void>; pending: boolean } | undefined;

  constructor(communication: SnapshotCommunication, replica: Replica, log: Logger) {
    this.#communication = communication;
    this.#replica = replica;
    this.#log = log;
  }

  /** Resolves when the state after `step` is offered: training may go on. `ifBest`: see StateTransfers.offerSnapshot. */
  async offer(step: number, epoch: number, ifBest = false): Promise<void> {
    await this.#settled();
    const state = putAside(this.#replica, this.#log);
    const taken = this.#communication.states.offerSnapshot(step, epoch, state, ifBest);
    const offer = { step, taken, pending: true };
    this.#offer = offer;
    taken
      .catch((error: unknown) => {
        this.#log.warn(
          { event: 'snapshot.not-taken' },
          `the checkpoint of step ${step} was not taken: ${describeError(error)}`,
        );
      })
      .finally(() => {
        offer.pending = false;
      });
  }

  /** Resolves when the coordinator has the state after `step`, where it was offered here; rejects when it could not be kept. */
  async taken(step: number): Promise<void> {
    if (this.#offer?.step === step) await this.#offer.taken;
  }

  /** Waits for an older offer, unless the coordinator is away. */
  async #settled(): Promise<void> {
    const older = this.#offer;
    if (older?.pending !== true) return;
    const settled = older.taken.catch(() => undefined);
    await Promise.race([settled, this.#communication.generations.coordinatorAway()]);
  }
}
