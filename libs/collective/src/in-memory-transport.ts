import { RandomStream, RunError, StreamPurpose } from '@tandem/core';
import type { Frame, Transport } from './transport.js';

export interface InMemoryOptions {
  /** Makes frames of different pairs of ranks overtake each other, the same way for the same seed. Without: first come, first served. */
  readonly seed?: number;
  /** Frames lie where a float32 view cannot, as the payload of a decoded message may. */
  readonly unaligned?: boolean;
  /** Frames' data are the sender's own memory, as between ranks on one machine; it must not change until it is released. */
  readonly lends?: boolean;
}

export interface InMemoryCluster {
  /** By rank. */
  readonly transports: readonly Transport[];
  /** The rank is gone: what it has sent and not delivered is lost, everyone else is told. */
  lose(rank: number): void;
}

interface Parcel {
  readonly frame: Frame;
  readonly delivered: () => void;
  readonly lost: (error: Error) => void;
}

/**
 * Ranks in one process, for tests. As slow and as strict as the port allows: a frame's bytes are copied when it is
 * delivered, in a later turn of the event loop, and only then does `send` resolve.
 */
export function createInMemoryCluster(worldSize: number, options: InMemoryOptions = {}): InMemoryCluster {
  const network = new Network(worldSize, options);
  return { transports: network.transports, lose: (rank) => network.leave(rank, 'it was told to be lost') };
}

class Network {
  readonly transports: readonly InMemoryTransport[];
  readonly #random: RandomStream | undefined;
  readonly #unaligned: boolean;
  readonly lends: boolean;
  /** Pairs of ranks with something under way, the longest waiting first. */
  readonly #busy: { readonly from: number; readonly to: number; readonly parcels: Parcel[] }[] = [];
  readonly #gone = new Set<number>();
  #scheduled = false;

  constructor(worldSize: number, options: InMemoryOptions) {
    this.#random = options.seed === undefined ? undefined : new RandomStream(options.seed, StreamPurpose.order);
    this.#unaligned = options.unaligned ?? false;
    this.lends = options.lends ?? false;
    this.transports = Array.from({ length: worldSize }, (_, rank) => new InMemoryTransport(this, rank, worldSize));
  }

  send(from: number, to: number, frame: Frame): Promise<void> {
    for (const rank of [to, from]) if (this.#gone.has(rank)) return Promise.reject(lostRank(rank, 'it has left'));
    return new Promise((delivered, lost) => {
      const parcel = { frame, delivered, lost };
      const pair = this.#busy.find((busy) => busy.from === from && busy.to === to);
      if (pair === undefined) this.#busy.push({ from, to, parcels: [parcel] });
      else pair.parcels.push(parcel);
      this.#schedule();
    });
  }

  leave(rank: number, why: string): void {
    if (this.#gone.has(rank)) return;
    this.#gone.add(rank);
    for (const pair of this.#busy.filter(({ from, to }) => from === rank || to === rank)) {
      this.#busy.splice(this.#busy.indexOf(pair), 1);
      for (const { lost } of pair.parcels) lost(lostRank(rank, why));
    }
    setImmediate(() => {
      for (const other of this.transports) if (!this.#gone.has(other.rank)) other.lose(rank, lostRank(rank, why));
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (let turns = 1 + (this.#random?.below(4) ?? 3); turns > 0; turns--) this.#deliverOne();
      if (this.#busy.length > 0) this.#schedule();
    });
  }

  #deliverOne(): void {
    const index = this.#random?.below(Math.max(1, this.#busy.length)) ?? 0;
    const pair = this.#busy[index];
    if (pair === undefined) return;
    const { frame, delivered, lost } = pair.parcels.shift() as Parcel;
    this.#busy.splice(index, 1);
    if (pair.parcels.length > 0) this.#busy.push(pair);
    const to = this.transports[pair.to];
    if (frame.lent) return to?.deliver(pair.from, this.#lend(frame, delivered, lost));
    to?.deliver(pair.from, { ...frame, data: this.#copy(frame.data) });
    delivered();
  }

  #lend(frame: Frame, returned: () => void, broken: (error: Error) => void): Frame {
    const before = this.#copy(frame.data);
    return {
      ...frame,
      release: () => {
        if (this.#copy(frame.data).every((byte, at) => byte === before[at])) setImmediate(returned);
        else broken(new Error('lent data were written to before they were released'));
      },
    };
  }

  #copy(data: Uint8Array): Uint8Array {
    const shift = this.#unaligned ? 1 : 0;
    const copy = new Uint8Array(data.byteLength + shift);
    copy.set(data, shift);
    return copy.subarray(shift);
  }
}

class InMemoryTransport implements Transport {
  readonly rank: number;
  readonly worldSize: number;
  readonly #network: Network;
  readonly #frameListeners: ((from: number, frame: Frame) => void)[] = [];
  readonly #lostListeners: ((peer: number, error: Error) => void)[] = [];
  /** What came before anyone listened. */
  #kept: { readonly from: number; readonly frame: Frame }[] = [];

  constructor(network: Network, rank: number, worldSize: number) {
    this.#network = network;
    this.rank = rank;
    this.worldSize = worldSize;
  }

  send(to: number, frame: Frame): Promise<void> {
    return this.#network.send(this.rank, to, frame);
  }

  lendsTo(): boolean {
    return this.#network.lends;
  }

  onFrame(listener: (from: number, frame: Frame) => void): void {
    this.#frameListeners.push(listener);
    const kept = this.#kept;
    this.#kept = [];
    for (const { from, frame } of kept) listener(from, frame);
  }

  onPeerLost(listener: (peer: number, error: Error) => void): void {
    this.#lostListeners.push(listener);
  }

  close(): Promise<void> {
    this.#network.leave(this.rank, 'it closed its transport');
    return Promise.resolve();
  }

  deliver(from: number, frame: Frame): void {
    if (this.#frameListeners.length === 0) this.#kept.push({ from, frame });
    for (const listener of this.#frameListeners) listener(from, frame);
  }

  lose(peer: number, error: Error): void {
    for (const listener of this.#lostListeners) listener(peer, error);
  }
}

function lostRank(rank: number, why: string): RunError {
  return new RunError({ code: 'TANDEM_PEER_LOST', what: `rank ${rank} is lost: ${why}`, context: { peer: rank } });
}
