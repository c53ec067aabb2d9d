import type { Member } from './messages.js';
import type { StoredState } from './stored-state.js';
import type { ThreadLink } from './thread-link.js';

type OnProgress = (bytes: number, totalBytes: number) => void;

/** States of replicas on their way: from the coordinator, to it, and between workers. */
export class StateTransfers {
  readonly #link: ThreadLink;

  constructor(link: ThreadLink) {
    this.#link = link;
  }

  /** Brings the checkpoint after `step` into `into`, its digest checked; one of another size is refused. */
  async fetchCheckpoint(
    step: number,
    into: SharedArrayBuffer,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#link.call('fetchCheckpoint', { step, into }, { onProgress, signal });
  }

  /** Peers of the generation may fetch the state after `step` until the next generation or `withdraw`. Takes `state` over. */
  offer(generation: number, step: number, state: StoredState): void {
    this.#link.post({ kind: 'offerState', offer: { generation, step, state } });
  }

  /** All peers have what they needed. */
  withdraw(): void {
    this.#link.post({ kind: 'withdrawState' });
  }

  /**
   * Brings the state after `step` of a peer that offers it into `into`, its digest checked; one of another size is refused. Rejects with
   * `TANDEM_STATE_…` that names the peer, or as GenerationDialogue.begin does.
   */
  async fetchFromPeer(
    generation: number,
    step: number,
    from: Member,
    into: SharedArrayBuffer,
    onProgress?: OnProgress,
  ): Promise<void> {
    await this.#link.call('fetchPeerState', { generation, step, from, into }, { onProgress });
  }

  /**
   * Resolves when the coordinator has taken the state after `step`. Takes `state` over. Rejects with
   * `TANDEM_SNAPSHOT_NOT_TAKEN`, also where another one is offered before it is taken; or when the run ends or the coordinator
   * is lost. While the coordinator is away, it waits.
   * `ifBest`: it is wanted only if the evaluation after the step is among the best.
   */
  async offerSnapshot(step: number, epoch: number, state: StoredState, ifBest = false): Promise<void> {
    await this.#link.call('offerSnapshot', { step, epoch, state, ifBest });
  }
}
