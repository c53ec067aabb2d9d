import type { BucketRange, ExchangeOrder } from '@tandem/collective';
import { type ExchangeHandle, SharedExchange } from './exchange-handle.js';
import { ExchangeState } from './exchange-state.js';
import type { GenerationMessage } from './generation-dialogue.js';
import type { NoticeBoard } from './notice-board.js';
import { hasNeighbours } from './same-host.js';
import { closeMemory, lentMemory, openMemory, privateMemory } from './shared-memory/exchange-memory.js';
import { type ThreadHost, threadLost } from './thread-host.js';

export interface ExchangeOptions {
  readonly order: ExchangeOrder;
  readonly microBatches: number;
  readonly buckets: readonly BucketRange[];
  readonly chunkBytes: number;
  /** Of the flat gradient space. */
  readonly elements: number;
  /** How many partial sums this rank holds: the length of localPartials(). */
  readonly partials: number;
  readonly timeoutMs: number;
  /** All peers must be there by then, and what sets it. Default: timeoutMs, exchange.timeoutMs. */
  readonly connectTimeout?: { readonly ms: number; readonly name: string };
  /** `auto` (the default): ranks on one machine read each other's memory, where they can. `off`: everything goes through connections. */
  readonly sharedMemory?: 'auto' | 'off';
}

/** Exchanges that the communication thread runs, one a generation, over memory that both threads have. */
export class SharedExchanges {
  readonly #host: ThreadHost;
  readonly #board: NoticeBoard;
  #opened = 0;

  constructor(host: ThreadHost, board: NoticeBoard) {
    this.#host = host;
    this.#board = board;
  }

  /**
   * Among the members of the generation. Memory is allocated and zeroed; resolves when all peers are connected. Rejects as
   * GrpcTransport.connect does.
   */
  async open(
    options: ExchangeOptions,
    { runId, generation }: { readonly runId: string; readonly generation: GenerationMessage },
  ): Promise<ExchangeHandle> {
    const { elements, partials, timeoutMs, connectTimeout, sharedMemory = 'auto', ...plan } = options;
    const { link } = this.#host;
    const exchange = (this.#opened += 1);
    const state = ExchangeState.allocate(plan.buckets.length);
    const extent = { elements, partials };
    const lends = sharedMemory === 'auto' && hasNeighbours(generation.members, generation.rank);
    const memory = (lends ? lentMemory(extent) : undefined) ?? privateMemory(extent);
    try {
      const { arrays, own } = openMemory(memory);
      const { lentTo } = await link.call('openExchange', {
        ...plan,
        ...{ exchange, runId, generation, timeoutMs, memory },
        connectTimeoutMs: connectTimeout?.ms ?? timeoutMs,
        connectTimeoutName: connectTimeout?.name ?? 'exchange.timeoutMs',
        rank: generation.rank,
        state: state.buffer,
      });
      return new SharedExchange({
        ...{ state, timeoutMs, lentTo },
        ...arrays,
        contribute: (step, bucket) => link.post({ kind: 'contribute', exchange, step, bucket }),
        failure: () => this.#board.failureOf(exchange) ?? this.#board.lost ?? threadLost(undefined),
        close: async () => {
          // An exchange of a thread that is gone is closed.
          if (!this.#host.isClosing) await link.call('closeExchange', exchange);
          // The next generation's has hundreds of megabytes of its own.
          own?.clear();
        },
      });
    } finally {
      closeMemory(memory);
    }
  }
}
