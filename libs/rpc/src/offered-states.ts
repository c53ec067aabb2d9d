import type { StateSource } from './stored-state.js';

/** A state that peers and the coordinator may fetch. */
export interface OfferedState {
  readonly runId: string;
  readonly step: number;
  /** Is closed when it is no longer offered and nobody is being sent any of it. */
  readonly state: StateSource;
  readonly onProgress?: (bytes: number) => void;
}

interface Offer {
  readonly offered: OfferedState;
  /** Callers that are being sent it. */
  readers: number;
  withdrawn: boolean;
}

/** What a worker has to give, and for how long it is needed. */
export class OfferedStates {
  readonly #offers = new Set<Offer>();

  /** The state may be fetched until the function that this gives is called. */
  add(offered: OfferedState): () => void {
    const offer: Offer = { offered, readers: 0, withdrawn: false };
    this.#offers.add(offer);
    return () => {
      if (!this.#offers.delete(offer)) return;
      offer.withdrawn = true;
      closeUnused(offer);
    };
  }

  /** Has `send` send the state after `step`. Where it is not offered, resolves with what is, in words. */
  async send(
    runId: string,
    step: number,
    send: (offered: OfferedState) => Promise<unknown>,
  ): Promise<string | undefined> {
    const offers = [...this.#offers];
    const offer = offers.find(({ offered }) => offered.runId === runId && offered.step === step);
    if (offer === undefined) {
      const others = offers.map(({ offered }) => `that after step ${offered.step} of run ${offered.runId}`);
      return others.join(', ') || 'none';
    }
    offer.readers += 1;
    try {
      await send(offer.offered);
    } finally {
      offer.readers -= 1;
      closeUnused(offer);
    }
    return undefined;
  }
}

function closeUnused({ offered, readers, withdrawn }: Offer): void {
  if (withdrawn && readers === 0) offered.state.close?.();
}
