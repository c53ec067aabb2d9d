import { dealMicroBatches, microBatchSizes } from '@tandem/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchSchedule, localRows } from './batch-schedule.js';
import { sampleOrder } from './permutation.js';

describe('BatchSchedule', () => {
  it('locates steps, the short last batch of an epoch included', () => {
    const schedule = new BatchSchedule({ samples: 10, globalBatch: 4, microBatches: 3, seed: 5 });
    expect(schedule.stepsPerEpoch).toBe(3);
    expect(schedule.totalSteps(4)).toBe(12);
    expect(schedule.locate(1)).toMatchObject({
      step: 1,
      epoch: 1,
      stepInEpoch: 1,
      samples: 4,
      sizes: [2, 1, 1],
      firstOfMicroBatch: [0, 2, 3],
    });
    expect(schedule.locate(6)).toMatchObject({
      epoch: 2,
      stepInEpoch: 3,
      samples: 2,
      sizes: [1, 1, 0],
      firstOfMicroBatch: [0, 1, 2],
    });
    expect(schedule.locate(6).indices).toEqual(sampleOrder(5, 2, 10).slice(8));
    expect(schedule.locate(1).indices).toEqual(sampleOrder(5, 1, 10).slice(0, 4));
  });

  it('takes a set smaller than a global batch as one short batch an epoch', () => {
    const schedule = new BatchSchedule({ samples: 3, globalBatch: 8, microBatches: 2, seed: 1 });
    expect(schedule.stepsPerEpoch).toBe(1);
    expect(schedule.locate(2)).toMatchObject({ epoch: 2, samples: 3, sizes: [2, 1] });
  });

  it('gives the global batch whatever the number of micro-batches', () => {
    const indices = [1, 2, 7].map(
      (microBatches) => new BatchSchedule({ samples: 100, globalBatch: 9, microBatches, seed: 3 }).locate(5).indices,
    );
    expect(indices[1]).toEqual(indices[0]);
    expect(indices[2]).toEqual(indices[0]);
  });

  it('gives every sample to exactly one rank, once an epoch, for any dealing', () => {
    const options = fc.record({
      samples: fc.integer({ min: 1, max: 120 }),
      globalBatch: fc.integer({ min: 1, max: 40 }),
      microBatches: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }), (given, world, epoch) => {
        const schedule = new BatchSchedule(given);
        const seen = new Uint32Array(given.samples);
        for (let inEpoch = 1; inEpoch <= schedule.stepsPerEpoch; inEpoch++) {
          const location = schedule.locate((epoch - 1) * schedule.stepsPerEpoch + inEpoch);
          expect(location).toMatchObject({
            epoch,
            stepInEpoch: inEpoch,
            sizes: microBatchSizes(location.samples, given.microBatches),
          });
          let row = 0;
          for (let rank = 0; rank < world; rank++) {
            const local = localRows(location.sizes, dealMicroBatches(given.microBatches, world, rank));
            expect(local.firstRow).toBe(row);
            for (const sample of location.indices.subarray(row, row + local.rows)) seen[sample]!++;
            row += local.rows;
          }
          expect(row).toBe(location.samples);
        }
        expect(seen.every((times) => times === 1)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses step 0', () => {
    expect(() => new BatchSchedule({ samples: 1, globalBatch: 1, microBatches: 1, seed: 0 }).locate(0)).toThrow(
      'steps count from 1',
    );
  });
});
