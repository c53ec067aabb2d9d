import { Deferred } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { sourceOf, type StateSource, type StoredState } from '@tandem/rpc';
import type { Replica } from '@tandem/training';
import { describe, expect, it } from 'vitest';
import { SnapshotOffers } from './snapshot-offers.js';

/** A replica whose state is the number of its snapshots, and a coordinator that takes states when it is told to. */
function scene() {
  let snapshots = 0;
  const away = new Deferred<void>();
  const offers: { step: number; source: StateSource; taken: Deferred<void> }[] = [];
  const warnings: string[] = [];
  const states = {
    offerSnapshot: async (step: number, _epoch: number, stored: StoredState) => {
      const taken = new Deferred<void>();
      const source = sourceOf(stored);
      offers.push({ step, source, taken });
      await taken.promise;
      source.close?.();
    },
  };
  const communication = { states, generations: { coordinatorAway: () => away.promise } };
  const replica = {
    stateBytes: 4,
    forEachPiece: (use: (piece: Uint8Array, offset: number) => void) => use(new Uint8Array(4).fill(++snapshots), 0),
  };
  const log = { warn: (_: unknown, text: string) => warnings.push(text) };
  const buffer = new SnapshotOffers(communication, replica as unknown as Replica, log as unknown as Logger);
  return { buffer, offers, away, warnings };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe('SnapshotOffers', () => {
  it('offers one state at a time', async () => {
    const { buffer, offers } = scene();
    await buffer.offer(10, 1);
    let second = false;
    const offering = buffer.offer(20, 1).then(() => (second = true));
    await settled();
    expect(second).toBe(false);
    offers[0]!.taken.resolve();
    await offering;
    expect(offers.map(({ step }) => step)).toEqual([10, 20]);
    expect([...(await offers[1]!.source.read(0, 4))]).toEqual([2, 2, 2, 2]);
  });

  it('does not wait for a coordinator that is away, nor touch what may still be read', async () => {
    const { buffer, offers, away } = scene();
    await buffer.offer(10, 1);
    away.resolve();
    await buffer.offer(20, 1);
    expect((await offers[0]!.source.read(0, 4))[0]).toBe(1);
  });

  it('waits for the last state alone, and fails by it', async () => {
    const { buffer, offers, warnings } = scene();
    await buffer.offer(10, 1);
    offers[0]!.taken.reject(new Error('the disk is full'));
    // What an older generation of this worker offered is no matter of its end.
    await buffer.taken(20);
    await expect(buffer.taken(10)).rejects.toThrow('the disk is full');
    expect(warnings).toEqual(['the checkpoint of step 10 was not taken: the disk is full']);
  });
});
