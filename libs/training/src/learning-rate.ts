import type { RunConfig } from '@tandem/core';

/** The rate of a step in `epoch` (from 1): `step` multiplies by gamma at the start of each epoch listed. */
export function learningRateAt(optimizer: RunConfig['optimizer'], epoch: number): number {
  const { learningRate, schedule } = optimizer;
  switch (schedule.name) {
    case 'constant':
      return learningRate;
    case 'step':
      return schedule.epochs.filter((drop) => epoch >= drop).reduce((rate) => rate * schedule.gamma, learningRate);
  }
}
