import { denseExchangeCost } from '@tandem/collective';
import type { RunConfig } from '@tandem/core';
import type { Parameter } from '@tandem/rpc';

export interface DenseDecision {
  readonly layer: string;
  readonly factors: boolean;
  readonly reason: string;
}

/** How each dense layer's gradient is to travel. A dense layer is one whose kernel has two dimensions. */
export function chooseDenseExchange(
  { exchange, training }: RunConfig,
  parameters: readonly Pick<Parameter, 'name' | 'shape'>[],
): DenseDecision[] {
  const { globalBatch, microBatches = 1 } = training;
  return parameters
    .filter(({ name, shape }) => name.endsWith('/kernel') && shape.length === 2)
    .map(({ name, shape }) => {
      const layer = name.slice(0, -'/kernel'.length);
      if (exchange.dense !== 'auto')
        return { layer, factors: exchange.dense === 'factors', reason: `${exchange.dense}, as configured` };
      const [inputs, outputs] = shape as [number, number];
      const { allReduceSeconds, factorsSeconds } = denseExchangeCost({ globalBatch, microBatches, inputs, outputs });
      const factors = factorsSeconds < allReduceSeconds;
      const costs = `${milliseconds(factorsSeconds)} as factors, ${milliseconds(allReduceSeconds)} as a sum`;
      return { layer, factors, reason: `${factors ? 'factors' : 'all-reduce'} (at 10 Gbit/s ${costs})` };
    });
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`;
}
