import { RunError } from '@tandem/core';
import type { NonFiniteOrigin } from './non-finite-origins.js';

/** What a rank knows of a step whose loss or gradient is not finite. */
export interface NonFiniteStep {
  readonly step: number;
  readonly loss: number;
  /** Names of parameters whose mean gradient is not finite; the same on all ranks. */
  readonly gradients: readonly string[];
  /** Names of parameters that were not finite before the step. */
  readonly weights: readonly string[];
  /** In this rank's own rows. */
  readonly origins: readonly NonFiniteOrigin[];
}

/** The run is to stop because of it; thrown by all ranks in the same step, which none has applied. */
export class NonFiniteError extends RunError {
  constructor({ step, loss, gradients }: NonFiniteStep) {
    super({
      code: 'TANDEM_NON_FINITE',
      what: Number.isFinite(loss)
        ? `the gradient of step ${step} is not finite (${gradients.join(', ')})`
        : `the loss of step ${step} is ${loss}`,
      remedy: 'The coordinator’s message has rank, layer and samples.',
      context: { step },
    });
  }
}
