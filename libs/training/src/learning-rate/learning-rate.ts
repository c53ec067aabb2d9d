import type { RunConfig } from '@tandem/core';
import { type EvaluationHistory, plateauDrops } from './plateau.js';
import { batchScale, warmupFactor } from './warmup.js';

/** What a rate may depend on beside the configuration. Steps and epochs count from 1. */
export interface RatePosition {
  readonly step: number;
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  /** Of all epochs, also where the run is to stop earlier. */
  readonly totalSteps: number;
  /** Evaluations before the step. */
  readonly evaluations: EvaluationHistory;
}

/** The rate of a step: the scaled rate by its schedule, times the warm-up. */
export function learningRateAt(config: RunConfig, position: RatePosition): number {
  const rate = scheduledRate(config.optimizer.learningRate * batchScale(config), config.optimizer.schedule, position);
  return rate * warmupFactor(config, position.step, position.stepsPerEpoch);
}

function scheduledRate(
  rate: number,
  schedule: RunConfig['optimizer']['schedule'],
  { step, epoch, totalSteps, evaluations }: RatePosition,
): number {
  switch (schedule.name) {
    case 'constant':
      return rate;
    case 'step':
      return dropped(rate, schedule.gamma, schedule.epochs.filter((drop) => epoch >= drop).length);
    case 'polynomial':
      return schedule.endRate + (rate - schedule.endRate) * (1 - (step - 1) / totalSteps) ** schedule.power;
    case 'plateau':
      return dropped(rate, schedule.factor, plateauDrops(schedule, evaluations));
  }
}

function dropped(rate: number, factor: number, drops: number): number {
  let result = rate;
  for (let drop = 0; drop < drops; drop++) result *= factor;
  return result;
}
