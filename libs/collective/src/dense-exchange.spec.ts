import { describe, expect, it } from 'vitest';
import { denseExchangeCost } from './dense-exchange.js';

describe('denseExchangeCost', () => {
  it('counts bytes at 10 Gbit/s and operations at 50 a nanosecond', () => {
    // fc6 of AlexNet. Sum: 2·9216·4096·4 bytes. Factors: 64·(9216 + 4096)·4 bytes, and half of 2·64·9216·4096 operations more.
    const { allReduceSeconds, factorsSeconds } = denseExchangeCost({
      globalBatch: 64,
      microBatches: 2,
      inputs: 9216,
      outputs: 4096,
    });
    expect(allReduceSeconds).toBeCloseTo(0.24159, 5);
    expect(factorsSeconds).toBeCloseTo(0.00273 + 0.04832, 4);
  });

  it('needs no more operations where one rank has all rows', () => {
    const one = denseExchangeCost({ globalBatch: 100, microBatches: 1, inputs: 10, outputs: 15 });
    expect(one.factorsSeconds).toBeCloseTo((100 * 25 * 4) / 1.25e9, 12);
  });

  it.each([
    [64, 'factors'],
    [128, 'factors'],
    [1024, 'sum'],
  ])('makes a batch of %i in 8 micro-batches travel as %s', (globalBatch, expected) => {
    const cost = denseExchangeCost({ globalBatch, microBatches: 8, inputs: 9216, outputs: 4096 });
    expect(cost.factorsSeconds < cost.allReduceSeconds ? 'factors' : 'sum').toBe(expected);
  });
});
