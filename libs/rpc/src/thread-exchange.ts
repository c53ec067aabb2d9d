import { createAllReduce } from '@tandem/collective';
import type { AllReduce, Transport } from '@tandem/collective';
import type { FaultPoint } from '@tandem/core';
import { ExchangeState } from './exchange-state.js';
import { namePeers } from './name-peers.js';
import type { ExchangeArrays } from './shared-memory/exchange-memory.js';
import { ObservedTransport } from './observed-transport.js';
import type { OpenExchange } from './thread-messages.js';
import { BucketSpans } from './timeline/bucket-spans.js';
import type { TimelineUplink } from './timeline/timeline-uplink.js';

export interface ThreadExchangeListeners {
  readonly onFailure: (error: Error) => void;
  /** Gets a span for each bucket, where a timeline is wanted. */
  readonly timeline: TimelineUplink | undefined;
  readonly faultPoint: FaultPoint;
}

/** The communication thread's side of an exchange: the all-reduce, and the shared state that tells of it. */
export class ThreadExchange {
  readonly generation: number;
  readonly #transport: Transport;
  readonly #allReduce: AllReduce;
  readonly #state: ExchangeState;
  readonly #onFailure: (error: Error) => void;
  readonly #spans: BucketSpans | undefined;

  constructor(
    options: OpenExchange,
    buffers: ExchangeArrays,
    transport: Transport,
    { onFailure, timeline, faultPoint }: ThreadExchangeListeners,
  ) {
    const { order, microBatches, buckets, chunkBytes, timeoutMs } = options;
    const state = new ExchangeState(options.state);
    this.generation = options.generation.number;
    this.#state = state;
    this.#onFailure = onFailure;
    const spans = timeline === undefined ? undefined : new BucketSpans(buckets, timeline, this.generation);
    this.#spans = spans;
    this.#transport = new ObservedTransport(transport, (direction, frame) => {
      state.touch();
      faultPoint(frame.phase === 'reduce' ? 'reduce-scatter' : 'all-gather', frame.step);
      spans?.moved(direction, frame);
    });
    this.#allReduce = createAllReduce({
      transport: this.#transport,
      order,
      microBatches,
      buckets,
      chunkBytes,
      timeoutMs,
      buffers,
    });
    this.#allReduce.onReduced((step, bucket) => {
      spans?.reduced(step, bucket);
      state.markReduced(step, bucket, this.#allReduce.bytesSent(step));
    });
    this.#allReduce.onFailure((error) => this.fail(namePeers(error, options.generation.members)));
  }

  contribute(step: number, bucket: number): void {
    this.#spans?.contributed(step, bucket);
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
