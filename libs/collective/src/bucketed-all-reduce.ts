import { invariant } from '@tandem/core';
import type { AllReduce } from './all-reduce.js';
import type { BucketExchange, BucketLink } from './bucket-exchange.js';
import { FrameFault, exchangeStalled, malformedFrame, peerLost } from './errors.js';
import type { ExchangePlace } from './errors.js';
import { Outbox } from './outbox.js';
import { ProgressWatch } from './progress-watch.js';
import type { BucketLayout } from './shards.js';
import type { Frame, Transport } from './transport.js';

export interface BucketedOptions {
  readonly transport: Transport;
  readonly layouts: readonly BucketLayout[];
  readonly timeoutMs: number;
  readonly exchangeFor: (layout: BucketLayout, link: BucketLink) => BucketExchange;
}

interface Bucket {
  readonly exchange: BucketExchange;
  contributed: boolean;
  /** Elements that are not in `mean` yet. */
  unfinished: number;
  /** Frames that may still be read from the buffers. */
  unsent: number;
  reduced: boolean;
}

interface Step {
  readonly buckets: Map<number, Bucket>;
  /** Whose frame made it known, where this rank had not come to it. */
  readonly announcedBy: { readonly peer: number; readonly frame: Frame } | undefined;
  reduced: number;
}

/**
 * What the two orders have in common: steps, buckets, queues, failure.
 *
 * Why the buffers can be used again in every step. A bucket counts as reduced only when its mean is whole *and* every
 * frame that this rank sends of it is out of the buffers. And a mean is whole on any rank only after all ranks have
 * contributed that bucket; a rank contributes to a step after its step before is reduced. So nothing of the step before is
 * on its way when the training writes again, and no peer can be further than one step ahead: what comes early is kept,
 * at most one step of it.
 */
export class BucketedAllReduce implements AllReduce {
  readonly #options: BucketedOptions;
  readonly #outboxes: readonly Outbox[];
  readonly #watch: ProgressWatch;
  readonly #steps = new Map<number, Step>();
  readonly #bytes = new Map<number, number>();
  readonly #reducedListeners: ((step: number, bucket: number) => void)[] = [];
  readonly #failureListeners: ((error: Error) => void)[] = [];
  /** The newest step that this rank has contributed to. */
  #current: number | undefined;
  #inFlight = 0;
  #lost: { readonly peer: number; readonly error: Error } | undefined;
  #failure: Error | undefined;
  #closed = false;

  constructor(options: BucketedOptions) {
    const { transport } = options;
    this.#options = options;
    this.#watch = new ProgressWatch(options.timeoutMs, () => this.#stalled());
    this.#outboxes = Array.from(
      { length: transport.worldSize },
      (_, peer) => new Outbox(transport, peer, (to, error) => this.#fail(peerLost(this.#place, to, error))),
    );
    transport.onFrame((from, frame) => this.#receive(from, frame));
    transport.onPeerLost((peer, error) => this.#lose(peer, error));
  }

  contribute(step: number, bucket: number): void {
    if (this.#over) return;
    invariant(
      this.#options.layouts[bucket] !== undefined,
      `bucket ${bucket} was contributed, there are ${this.#options.layouts.length}`,
    );
    if (step !== this.#current) this.#begin(step);
    if (this.#lost !== undefined) return this.#fail(peerLost(this.#place, this.#lost.peer, this.#lost.error));
    if (this.#over) return;
    const state = this.#bucket(step, bucket);
    invariant(!state.contributed, `bucket ${bucket} was contributed twice in step ${step}`);
    state.contributed = true;
    this.#inFlight++;
    this.#watch.start();
    this.#guard(() => state.exchange.contribute());
    this.#settle(step, bucket, state);
  }

  onReduced(listener: (step: number, bucket: number) => void): void {
    this.#reducedListeners.push(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    const failure = this.#failure;
    if (failure === undefined) this.#failureListeners.push(listener);
    else queueMicrotask(() => this.#closed || listener(failure));
  }

  bytesSent(step: number): number {
    return this.#bytes.get(step) ?? 0;
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  get #over(): boolean {
    return this.#closed || this.#failure !== undefined;
  }

  get #place(): ExchangePlace {
    return { rank: this.#options.transport.rank, step: this.#current };
  }

  #begin(step: number): void {
    const before = this.#current;
    if (before === undefined) this.#checkAnnounced(step);
    else {
      const reduced = this.#steps.get(before)?.reduced ?? 0;
      const all = this.#options.layouts.length;
      invariant(
        step === before + 1 && reduced === all,
        `step ${step} was contributed to with ${reduced} of ${all} buckets of step ${before} reduced`,
      );
      this.#steps.delete(before);
      this.#bytes.delete(before - 1);
    }
    this.#current = step;
  }

  /** Before the first contribution the step of the run is not known here; peers can be in no other. */
  #checkAnnounced(step: number): void {
    for (const [announced, { announcedBy }] of this.#steps)
      if (announced !== step && announcedBy !== undefined) {
        const fault = new FrameFault(`it is of step ${announced}, this rank begins with step ${step}`);
        this.#fail(malformedFrame(this.#place, announcedBy.peer, announcedBy.frame, fault));
      }
  }

  #receive(from: number, frame: Frame): void {
    if (this.#over) return;
    this.#watch.progress();
    try {
      this.#check(frame);
      const state = this.#bucket(frame.step, frame.bucket, { peer: from, frame });
      if (state.reduced) throw new FrameFault('the bucket is reduced already');
      state.exchange.receive(from, frame);
      this.#settle(frame.step, frame.bucket, state);
    } catch (error) {
      this.#fail(error instanceof FrameFault ? malformedFrame(this.#place, from, frame, error) : (error as Error));
    }
  }

  #check(frame: Frame): void {
    const { step, bucket, phase } = frame;
    const current = this.#current ?? this.#steps.keys().next().value;
    const ahead = current === undefined ? 0 : step - current;
    if (ahead !== 0 && (ahead !== 1 || this.#current === undefined))
      throw new FrameFault(`it is of step ${step}, which cannot be on its way yet or any more`);
    if (this.#options.layouts[bucket] === undefined)
      throw new FrameFault(`there is no bucket ${bucket}, only ${this.#options.layouts.length}`);
    if (phase !== 'reduce' && phase !== 'gather') throw new FrameFault(`there is no phase ${String(phase)}`);
  }

  #bucket(step: number, bucket: number, announcedBy?: Step['announcedBy']): Bucket {
    let state = this.#steps.get(step);
    if (state === undefined) this.#steps.set(step, (state = { buckets: new Map(), announcedBy, reduced: 0 }));
    let found = state.buckets.get(bucket);
    if (found === undefined) state.buckets.set(bucket, (found = this.#open(step, bucket)));
    return found;
  }

  #open(step: number, bucket: number): Bucket {
    const layout = this.#options.layouts[bucket] as BucketLayout;
    const { start: base, length } = layout.range;
    const exchange = this.#options.exchangeFor(layout, {
      send: (to, phase, part, values, start, end, encoding = 'float32') => {
        state.unsent++;
        this.#outboxes[to]?.push({
          ...{ step, bucket, phase, part, offset: start, values, encoding },
          start: base + start,
          end: base + end,
          onSent: (bytes) => {
            state.unsent--;
            this.#sent(step, bytes);
            this.#settle(step, bucket, state);
          },
        });
      },
      finished: (elements) => {
        state.unfinished -= elements;
      },
    });
    const state: Bucket = { exchange, contributed: false, unfinished: length, unsent: 0, reduced: false };
    return state;
  }

  #sent(step: number, bytes: number): void {
    this.#watch.progress();
    this.#bytes.set(step, this.bytesSent(step) + bytes);
  }

  #settle(step: number, bucket: number, state: Bucket): void {
    if (!state.contributed || state.unfinished > 0 || state.unsent > 0 || state.reduced) return;
    state.reduced = true;
    queueMicrotask(() => {
      if (this.#over) return;
      (this.#steps.get(step) as Step).reduced++;
      if (--this.#inFlight === 0) this.#watch.stop();
      for (const listener of this.#reducedListeners) listener(step, bucket);
    });
  }

  #lose(peer: number, error: Error): void {
    // Between steps a peer may leave: a run that has ended closes rank by rank.
    this.#lost ??= { peer, error };
    if (this.#inFlight > 0) this.#fail(peerLost(this.#place, peer, error));
  }

  #stalled(): void {
    const peers = new Set<number>();
    for (const { contributed, reduced, exchange } of this.#steps.get(this.#current ?? -1)?.buckets.values() ?? [])
      if (contributed && !reduced) for (const peer of exchange.waitingFor()) peers.add(peer);
    this.#fail(
      exchangeStalled(
        this.#place,
        [...peers].sort((a, b) => a - b),
        this.#options.timeoutMs,
      ),
    );
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#failure = error;
    this.#stop();
    for (const listener of this.#failureListeners) listener(error);
  }

  #stop(): void {
    this.#watch.stop();
    for (const outbox of this.#outboxes) outbox.close();
    this.#steps.clear();
  }
}
