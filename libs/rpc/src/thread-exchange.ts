import { createAllReduce } from '@tandem/collective';
import type { AllReduce, Transport } from '@tandem/collective';
import { ExchangeState } from './exchange-state.js';
import { namePeers } from './name-peers.js';
import { ObservedTransport } from './observed-transport.js';
import type { OpenExchange } from './thread-messages.js';

/** The communication thread's side of an exchange: the all-reduce, and the shared state that tells of it. */
export class ThreadExchange {
  readonly generation: number;
  readonly #transport: Transport;
  readonly #allReduce: AllReduce;
  readonly #state: ExchangeState;
  readonly #onFailure: (error: Error) => void;

  constructor(options: OpenExchange, transport: Transport, onFailure: (error: Error) => void) {
    const { order, microBatches, buckets, chunkBytes, timeoutMs } = options;
    const state = new ExchangeState(options.state);
    this.generation = options.generation.number;
    this.#state = state;
    this.#onFailure = onFailure;
    this.#transport = new ObservedTransport(transport, () => state.touch());
    this.#allReduce = createAllReduce({
      transport: this.#transport,
      order,
      microBatches,
      buckets,
      chunkBytes,
      timeoutMs,
      buffers: {
        partials: options.partials.map((buffer) => new Float32Array(buffer)),
        mean: new Float32Array(options.mean),
      },
    });
    this.#allReduce.onReduced((step, bucket) => {
      state.markReduced(step, bucket, this.#allReduce.bytesSent(step));
    });
    this.#allReduce.onFailure((error) => this.fail(namePeers(error, options.generation.members)));
  }

  contribute(step: number, bucket: number): void {
    try {
      this.#allReduce.contribute(step, bucket);
      this.#state.touch();
    } catch (error) {
      // Thrown on, it would end the thread and leave whoever waits without a word.
      this.fail(error as Error);
    }
  }

  /** The first failure counts. */
  fail(error: Error): void {
    if (this.#state.failed) return;
    this.#allReduce.close();
    this.#onFailure(error);
    // Last: whoever sees it finds the error posted.
    this.#state.markFailed();
  }

  async close(): Promise<void> {
    this.#allReduce.close();
    await this.#transport.close();
  }
}
